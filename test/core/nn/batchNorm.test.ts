/** Normalisation with rectifier and residual in one op: the composition's numbers, output and gradients. */
import { expect, test } from "vitest";
import { gradients } from "../../../core/autograd.ts";
import { batchNorm, trainingMode } from "../../../core/nn/index.ts";
import { add, mul, relu, sum } from "../../../core/ops/index.ts";
import { size } from "../../../core/shape.ts";
import { input, type Tensor } from "../../../core/tensor.ts";
import { onEachBackend } from "../../golden.ts";
import { uniform } from "../../numbers.ts";

const draw = (x: Tensor, name: string) => Float32Array.from({ length: size(x.shape) }, uniform(name));

onEachBackend((compute) => {
  test.each([
    [[6, 7, 5, 13], 3],
    [[8, 16, 16, 32], 8],
  ])("fused, %j in groups of %i has the same bits", async (shape, group) => {
    const C = shape.at(-1)!;
    const [x, residual, r] = [input(shape), input(shape), input(shape)];
    const [plain, rectified] = [batchNorm(C), batchNorm(C, { relu: true })];
    const mode = trainingMode(group);
    const given = new Map([x, residual, r].map((leaf, i) => [leaf, draw(leaf, String(i))]));
    for (const [name, values] of [
      ["weight", draw(input([C]), "weight")],
      ["bias", draw(input([C]), "bias")],
    ] as const)
      for (const { state } of [plain, rectified]) given.set(state[name] as Tensor, values);

    const outputs = {
      fused: rectified(x, mode),
      composed: relu(plain(x, mode)),
      fusedAdd: rectified(x, mode, residual),
      composedAdd: relu(add(plain(x, mode), residual)),
    };
    const leaves = (norm: typeof plain) => [x, norm.state.weight as Tensor, norm.state.bias as Tensor];
    const flows = (y: Tensor, wrt: Tensor[]) => [y, ...gradients(sum(mul(y, r)), wrt)];
    const found = await compute(
      [
        ...flows(outputs.fused, leaves(rectified)),
        ...flows(outputs.composed, leaves(plain)),
        ...flows(outputs.fusedAdd, [...leaves(rectified), residual]),
        ...flows(outputs.composedAdd, [...leaves(plain), residual]),
      ],
      given,
    );
    expect(found.slice(0, 4)).toEqual(found.slice(4, 8));
    expect(found.slice(8, 13)).toEqual(found.slice(13));
    expect(new Set(found[0]).has(0), "something was rectified").toBe(true);
  });
});
