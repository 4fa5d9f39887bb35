/** ResNet-18 as torchvision has it: features, every parameter's gradient, running statistics (golden/resnet18.py). */
import { describe, expect, test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { inference, type Mode, resnet18, type Stem, trainingMode } from "../core/nn/index.ts";
import { ema, mul, sum } from "../core/ops/index.ts";
import { input, leaves, type Tensor, type Values } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";
import { ohwi, oihw } from "./layouts.ts";

const resnet = golden("resnet18");
const STEMS: Stem[] = ["cifar", "imagenet"];
const WIDTH = 8; // channels of the first stage in the file
/** 1 minus PyTorch's momentum: the share that running statistics keep. */
const KEPT = 0.9;

/** The golden parameter of a stem: conv1 is each stem's own. */
function parameter(stem: Stem, name: string): string {
  const own = `${stem}.param.${name}`;
  return resnet.names.includes(own) ? own : `param.${name}`;
}

/** What a state tensor holds: weights in our layout, means and variances one after the other. */
function stateOf(stem: Stem, path: string): Float32Array<ArrayBuffer> {
  const read = (name: string) => ohwi(resnet.f32(parameter(stem, name)), resnet.shape(parameter(stem, name)));
  return path.endsWith(".running")
    ? Float32Array.from([...read(`${path}_mean`), ...read(`${path}_var`)])
    : read(path);
}

/** The network of a stem in a mode, with its golden state and input. */
function network(stem: Stem, mode: Mode) {
  const encoder = resnet18({ width: WIDTH, stem });
  const state = [...leaves(encoder.state)];
  const x = input(resnet.shape(`${stem}.x`));
  const given = new Map<Tensor, Values>(state.map(([path, leaf]) => [leaf, stateOf(stem, path)]));
  given.set(x, resnet.f32(`${stem}.x`));
  return { state, features: encoder(x, mode), given };
}

onEachBackend((compute) => {
  describe.each(STEMS)("ResNet-18 with the %s stem", (stem) => {
    test.each([
      ["eval", inference],
      ["train", trainingMode()],
      ["groups2", trainingMode(resnet.shape(`${stem}.x`)[0] / 2)],
    ] as const)("in %s mode has torchvision's features and gradients", async (name, mode) => {
      const { state, features, given } = network(stem, mode);
      const r = input(features.shape);
      given.set(r, resnet.f32(`${stem}.r`));
      const learned = state.filter(([path]) => !path.endsWith(".running"));
      const grads = gradients(
        sum(mul(features, r)),
        learned.map(([, leaf]) => leaf),
      );
      const [ours, ...ourGrads] = await compute([features, ...grads], given);
      resnet.expectEqual(`${stem}.${name}.features`, ours);
      for (const [i, [path, leaf]] of learned.entries())
        resnet.expectEqual(`${stem}.${name}.grad.${path}`, oihw(ourGrads[i] as Float32Array, leaf.shape));
      const theirs = resnet.names.filter((key) => key.startsWith(`${stem}.${name}.grad.`));
      expect(learned.length, "every gradient of theirs was compared").toBe(theirs.length);
    });

    test("in train mode moves its running statistics as torchvision does", async () => {
      const mode = trainingMode();
      const { state, given } = network(stem, mode);
      const kept = input([1]);
      given.set(kept, Float32Array.of(KEPT));
      const running = state.filter(([path]) => path.endsWith(".running"));
      const moved = running.map(([, leaf]) => ema(leaf, mode.observed.get(leaf)!, kept));
      const ours = await compute(moved, given);
      for (const [i, [path, leaf]] of running.entries()) {
        const channels = leaf.shape[1];
        resnet.expectEqual(`${stem}.train.stats.${path}_mean`, ours[i].subarray(0, channels));
        resnet.expectEqual(`${stem}.train.stats.${path}_var`, ours[i].subarray(channels));
      }
    });
  });
});
