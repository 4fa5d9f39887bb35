/** The weight-normalised linear layer as PyTorch computes it (golden/weightnorm.py). */
import { test } from "vitest";
import { gradients } from "../core/autograd.ts";
import { inference, weightNormLinear } from "../core/nn/index.ts";
import { mul, sum } from "../core/ops/index.ts";
import { input, leaves } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";

const values = golden("weightnorm");

onEachBackend((compute) => {
  test("its output and gradients are PyTorch's, under PyTorch's names", async () => {
    const [outputs, inputs] = values.shape("weight_v");
    const layer = weightNormLinear(inputs, outputs);
    const [x, dy] = [input(values.shape("x")), input(values.shape("dy"))];
    const parameters = [...leaves(layer.state)];
    const y = layer(x, inference);
    const wanted = gradients(sum(mul(y, dy)), [x, ...parameters.map(([, leaf]) => leaf)]);
    const given = [...parameters, ["x", x] as const, ["dy", dy] as const];
    const results = await compute(
      [y, ...wanted],
      new Map(given.map(([name, leaf]) => [leaf, values.f32(name)])),
    );
    for (const [i, name] of ["y", "dx", "dg", "dv"].entries()) values.expectEqual(name, results[i]);
  });
});
