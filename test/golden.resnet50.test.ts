/** ResNet-50 as torchvision has it: features, every parameter's gradient, running statistics (golden/resnet50.py). */
import { expect, test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { inference, type Mode, resnet50, trainingMode } from "../core/nn/index.ts";
import { ema, mul, sum } from "../core/ops/index.ts";
import { input, leaves, type Tensor, type Values } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";
import { ohwi, oihw } from "./layouts.ts";

const resnet = golden("resnet50");
const WIDTH = 4; // channels of the first stage in the file
/** 1 minus PyTorch's momentum: the share that running statistics keep. */
const KEPT = 0.9;

/** What a state tensor holds: weights in our layout, means and variances one after the other. */
function stateOf(path: string): Float32Array<ArrayBuffer> {
  const read = (name: string) => ohwi(resnet.f32(`param.${name}`), resnet.shape(`param.${name}`));
  return path.endsWith(".running")
    ? Float32Array.from([...read(`${path}_mean`), ...read(`${path}_var`)])
    : read(path);
}

/** The network in a mode, with its golden state and input. */
function network(mode: Mode) {
  const encoder = resnet50({ width: WIDTH });
  const state = [...leaves(encoder.state)];
  const x = input(resnet.shape("x"));
  const given = new Map<Tensor, Values>(state.map(([path, leaf]) => [leaf, stateOf(path)]));
  given.set(x, resnet.f32("x"));
  return { state, features: encoder(x, mode), given };
}

onEachBackend((compute) => {
  test.each(["eval", "train"])(
    "ResNet-50 in %s mode has torchvision's features and gradients, and moves its statistics so",
    async (name) => {
      const observing = trainingMode();
      const { state, features, given } = network(name === "train" ? observing : inference);
      const [r, kept] = [input(features.shape), input([1])];
      given.set(r, resnet.f32("r")).set(kept, Float32Array.of(KEPT));
      const learned = state.filter(([path]) => !path.endsWith(".running"));
      const running = state.filter(([, leaf]) => observing.observed.has(leaf));
      const grads = gradients(
        sum(mul(features, r)),
        learned.map(([, leaf]) => leaf),
      );
      const moved = running.map(([, leaf]) => ema(leaf, observing.observed.get(leaf)!, kept));
      const [ours, ...rest] = await compute([features, ...grads, ...moved], given);
      resnet.expectEqual(`${name}.features`, ours);
      for (const [i, [path, leaf]] of learned.entries())
        resnet.expectEqual(`${name}.grad.${path}`, oihw(rest[i] as Float32Array, leaf.shape));
      for (const [i, [path, { shape }]] of running.entries()) {
        const values = rest[learned.length + i];
        resnet.expectEqual(`train.stats.${path}_mean`, values.subarray(0, shape[1]));
        resnet.expectEqual(`train.stats.${path}_var`, values.subarray(shape[1]));
      }
      const theirs = (prefix: string) => resnet.names.filter((key) => key.startsWith(prefix)).length;
      expect(learned.length, "every gradient of theirs was compared").toBe(theirs(`${name}.grad.`));
      expect(2 * running.length, "and every statistic").toBe(theirs(`${name}.stats.`));
    },
  );
});
