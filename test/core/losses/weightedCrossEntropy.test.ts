/** Cross entropy weighted by class; PyTorch's values are in golden.losses.test.ts. */
import { expect, it } from "vitest";
import { weightedCrossEntropy } from "../../../core/losses/index.ts";
import { input, type Tensor, type Values } from "../../../core/tensor.ts";
import { onEachBackend } from "../../golden.ts";
import { uniform } from "../../numbers.ts";

/** f32 sums of some dozens of logarithms. */
const TOLERANCE = 1e-5;
const [N, C] = [37, 5];

const next = uniform("weightedCrossEntropy");
const logits = Float32Array.from({ length: N * C }, () => 3 * next());
const labels = Uint32Array.from({ length: N }, () => Math.floor(((next() + 1) / 2) * C));
const weights = Float32Array.from({ length: C }, () => next() + 1.1);

/** The definition, word for word, in float64. */
function byHand(w: ArrayLike<number>): number {
  let [losses, total] = [0, 0];
  for (const [n, label] of labels.entries()) {
    const row = Array.from(logits.subarray(n * C, (n + 1) * C));
    const all = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    losses -= w[label] * Math.log(Math.exp(row[label]) / all);
    total += w[label];
  }
  return losses / total;
}

onEachBackend((compute) => {
  async function lossOf(w: Float32Array<ArrayBuffer>, of = logits): Promise<number> {
    const [x, own, each] = [input([N, C]), input([N], "u32"), input([C])];
    const given = new Map<Tensor, Values>([
      [x, of],
      [own, labels],
      [each, w],
    ]);
    return (await compute([weightedCrossEntropy(x, own, each)], given))[0][0];
  }
  const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(TOLERANCE * Math.max(1, b));

  it("is what a loop over the definition gives", async () => near(await lossOf(weights), byHand(weights)));

  it("is the mean where weights are equal, and depends on their ratios alone", async () => {
    near(await lossOf(new Float32Array(C).fill(0.3)), byHand(Array(C).fill(1)));
    near(await lossOf(weights.map((w) => 100 * w)), byHand(weights));
  });

  it("is log C where nothing is told apart, whatever weights", async () => {
    near(await lossOf(weights, new Float32Array(N * C)), Math.log(C));
  });
});
