/** Pooling as PyTorch computes it (golden/pool.py). */
import { test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { avgPool2d } from "../core/ops/avgPool2d.ts";
import { maxPool2d } from "../core/ops/maxPool2d.ts";
import { mean } from "../core/ops/mean.ts";
import { mul } from "../core/ops/mul.ts";
import { sum } from "../core/ops/sum.ts";
import { input, type Tensor } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";

const pool = golden("pool");
const cases = pool.names.filter((name) => name.endsWith(".x")).map((name) => name.slice(0, -2));

function pooled(name: string, x: Tensor): Tensor {
  if (name === "avgGlobal") return mean(x, { from: 1, to: 3 });
  const options = JSON.parse(pool.metadata[`options.${name}`]);
  return name.startsWith("max") ? maxPool2d(x, options) : avgPool2d(x, options);
}

onEachBackend((compute) => {
  test.each(cases)("%s and its gradient are PyTorch's", async (name) => {
    const x = input(pool.shape(`${name}.x`));
    const dy = input(pool.shape(`${name}.dy`));
    const y = pooled(name, x);
    const [dx] = gradients(sum(mul(y, dy)), [x]);
    const given = new Map([
      [x, pool.f32(`${name}.x`)],
      [dy, pool.f32(`${name}.dy`)],
    ]);
    const [ours, gradient] = await compute([y, dx], given);
    pool.expectEqual(`${name}.y`, ours);
    pool.expectEqual(`${name}.dx`, gradient);
  });
});
