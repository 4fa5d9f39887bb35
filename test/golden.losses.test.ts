/** NT-Xent, softmax cross entropy, weighted or not, and L2 normalisation as PyTorch computes them (golden/ntxent.py). */
import { test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { ntXent, weightedCrossEntropy } from "../core/losses/index.ts";
import { concat, l2Normalize, mean, mul, softmaxCrossEntropy, sum } from "../core/ops/index.ts";
import { input, type Values } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";

const losses = golden("ntxent");

onEachBackend((compute) => {
  test.each(["4x8", "37x24", "128x128"])(
    "NT-Xent of %s embeddings, and its gradients before they are normalised, are PyTorch's",
    async (size) => {
      const at = `ntxent.${size}`;
      const [z1, z2] = [input(losses.shape(`${at}.z1`)), input(losses.shape(`${at}.z2`))];
      const [temperature] = losses.f32(`${at}.temperature`);
      const loss = ntXent(l2Normalize(concat(z1, z2)), { temperature });
      const given = new Map([
        [z1, losses.f32(`${at}.z1`)],
        [z2, losses.f32(`${at}.z2`)],
      ]);
      const [value, dz1, dz2] = await compute([loss, ...gradients(loss, [z1, z2])], given);
      losses.expectEqual(`${at}.loss`, value);
      losses.expectEqual(`${at}.dz1`, dz1);
      losses.expectEqual(`${at}.dz2`, dz2);
    },
  );

  test("softmax cross entropy and the gradient of its mean are PyTorch's, far from zero too", async () => {
    const logits = input(losses.shape("crossEntropy.logits"));
    const labels = input(losses.shape("crossEntropy.labels"), "u32");
    const each = softmaxCrossEntropy(logits, labels);
    const [dlogits] = gradients(mean(each), [logits]);
    const given = new Map<typeof logits, Values>([
      [logits, losses.f32("crossEntropy.logits")],
      [labels, Uint32Array.from(losses.values("crossEntropy.labels"))],
    ]);
    const [values, gradient] = await compute([each, dlogits], given);
    losses.expectEqual("crossEntropy.losses", values);
    losses.expectEqual("crossEntropy.dlogits", gradient);
  });

  test("cross entropy weighted by class and its gradient are PyTorch's", async () => {
    const logits = input(losses.shape("crossEntropy.logits"));
    const labels = input(losses.shape("crossEntropy.labels"), "u32");
    const weights = input(losses.shape("crossEntropy.weights"));
    const loss = weightedCrossEntropy(logits, labels, weights);
    const given = new Map<typeof logits, Values>([
      [logits, losses.f32("crossEntropy.logits")],
      [labels, Uint32Array.from(losses.values("crossEntropy.labels"))],
      [weights, losses.f32("crossEntropy.weights")],
    ]);
    const [value, gradient] = await compute([loss, ...gradients(loss, [logits])], given);
    losses.expectEqual("crossEntropy.weighted", value);
    losses.expectEqual("crossEntropy.dweighted", gradient);
  });

  test("L2 normalisation and its gradient are PyTorch's", async () => {
    const [x, dy] = [input(losses.shape("normalize.x")), input(losses.shape("normalize.dy"))];
    const y = l2Normalize(x);
    const [dx] = gradients(sum(mul(y, dy)), [x]);
    const given = new Map([
      [x, losses.f32("normalize.x")],
      [dy, losses.f32("normalize.dy")],
    ]);
    const [ours, gradient] = await compute([y, dx], given);
    losses.expectEqual("normalize.y", ours);
    losses.expectEqual("normalize.dx", gradient);
  });
});
