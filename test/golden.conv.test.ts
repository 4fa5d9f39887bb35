/** Convolution and its two gradients as PyTorch computes them (golden/conv.py). */
import { test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { conv2d, mul, sum } from "../core/ops/index.ts";
import { input } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";
import { ohwi, oihw } from "./layouts.ts";

const conv = golden("conv");
const cases = conv.names.filter((name) => name.endsWith(".x")).map((name) => name.slice(0, -2));

onEachBackend((compute) => {
  test.each(cases)("%s and its gradients are PyTorch's", async (name) => {
    const [O, I, H, W] = conv.shape(`${name}.w`);
    const x = input(conv.shape(`${name}.x`));
    const w = input([O, H, W, I]);
    const dy = input(conv.shape(`${name}.dy`));
    const y = conv2d(x, w, JSON.parse(conv.metadata[`options.${name}`]));
    const [dx, dw] = gradients(sum(mul(y, dy)), [x, w]);
    const given = new Map([
      [x, conv.f32(`${name}.x`)],
      [w, ohwi(conv.f32(`${name}.w`), [O, I, H, W])],
      [dy, conv.f32(`${name}.dy`)],
    ]);
    const [ours, inputGradient, weightGradient] = await compute([y, dx, dw], given);
    conv.expectEqual(`${name}.y`, ours);
    conv.expectEqual(`${name}.dx`, inputGradient);
    conv.expectEqual(`${name}.dw`, oihw(weightGradient as Float32Array, w.shape));
  });
});
