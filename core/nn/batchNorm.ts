import * as ops from "../ops/index.ts";
import { fits, size } from "../shape.ts";
import { type Init, reshape, state, type Tensor, zeros } from "../tensor.ts";
import { type Layer, layer, type Mode } from "./layer.ts";

const EPS = 1e-5; // PyTorch's default, as is the momentum of running statistics (train/step.ts)

const constant =
  (value: number): Init =>
  (values) =>
    values.fill(value);

/** Row 0: mean 0; row 1: variance 1. */
const standard: Init = (values) => values.fill(0, 0, values.length / 2).fill(1, values.length / 2);

/**
 * Batch normalisation: y = (x - mean) / sqrt(var + eps) * weight + bias.
 *
 *     x [N, ..., C] -> y like x; weight, bias [C], running [2, C] (mean and variance)
 *
 * In training by the statistics of each `mode.group` samples, else by the running ones.
 * The weight starts at 1, or at `gain`; without `affine`, weight and bias stay 1 and 0. Throws ShapeError where groups do not divide the batch.
 */
export function batchNorm(channels: number, { gain = 1, affine = true } = {}): Layer {
  const weight = affine ? state([channels], constant(gain)) : ops.fill({ shape: [channels], value: 1 });
  const bias = affine ? state([channels], zeros) : ops.fill({ shape: [channels], value: 0 });
  const running = state([2, channels], standard);

  function train(x: Tensor, { group = x.shape[0], note }: Mode): Tensor {
    fits(
      x.shape[0] % group === 0,
      "batchNorm",
      `groups of ${group} samples do not divide the batch`,
      x.shape,
    );
    const groups = x.shape[0] / group;
    const rows = size(x.shape) / channels / groups;
    const moments = ops.mergeMoments(ops.batchMoments(x, { groups }), { rows }); // [groups, 2, C]
    note(running, ops.runningMoments(moments, { rows }));
    return ops.batchNorm(x, moments, weight, bias, { eps: EPS });
  }

  function infer(x: Tensor): Tensor {
    const row = (start: number) => reshape(ops.slice(running, { start, count: 1 }), [channels]);
    const scale = ops.div(weight, ops.sqrt(ops.affine(row(1), { shift: EPS })));
    return ops.add(ops.mul(ops.sub(x, row(0)), scale), bias);
  }

  return layer(affine ? { weight, bias, running } : { running }, (x, mode) =>
    mode.training ? train(x, mode) : infer(x),
  );
}
