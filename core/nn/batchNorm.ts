import * as ops from "../ops/index.ts";
import { fits, size } from "../shape.ts";
import { type Init, reshape, state, type Tensor, type Tree, zeros } from "../tensor.ts";
import type { Layer, Mode } from "./layer.ts";

const EPS = 1e-5; // PyTorch's default, as is the momentum of running statistics (train/step.ts)

const constant =
  (value: number): Init =>
  (values) =>
    values.fill(value);

/** Row 0: mean 0; row 1: variance 1. */
const standard: Init = (values) => values.fill(0, 0, values.length / 2).fill(1, values.length / 2);

export interface BatchNormOptions {
  /** What the weight starts at. */
  gain?: number;
  /** Weight and bias are learned; else they stay 1 and 0. */
  affine?: boolean;
  /** The output is rectified. */
  relu?: boolean;
}

/** A normalisation, which can end a residual block, and be folded into the layer before it. */
export interface BatchNorm extends Layer {
  /** A residual is added before the output is rectified. */
  (x: Tensor, mode: Mode, residual?: Tensor): Tensor;
  /** What it is in use, before any rectifier: y = x * scale + shift, both [C]. */
  folded(): { scale: Tensor; shift: Tensor };
}

/**
 * Batch normalisation: y = (x - mean) / sqrt(var + eps) * weight + bias, or with relu max(y, 0).
 *
 *     x [N, ..., C] -> y like x; weight, bias [C], running [2, C] (mean and variance)
 *
 * In training by the statistics of each `mode.group` samples, else by the running ones.
 * The weight starts at 1, or at `gain`. Throws ShapeError where groups do not divide the batch.
 */
export function batchNorm(
  channels: number,
  { gain = 1, affine = true, relu = false }: BatchNormOptions = {},
): BatchNorm {
  const weight = affine ? state([channels], constant(gain)) : ops.fill({ shape: [channels], value: 1 });
  const bias = affine ? state([channels], zeros) : ops.fill({ shape: [channels], value: 0 });
  const running = state([2, channels], standard);

  function train(x: Tensor, { group = x.shape[0], note }: Mode, residual?: Tensor): Tensor {
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
    return residual
      ? ops.batchNormAdd(x, moments, weight, bias, residual, { eps: EPS })
      : ops.batchNorm(x, moments, weight, bias, { eps: EPS, relu });
  }

  const row = (start: number) => reshape(ops.slice(running, { start, count: 1 }), [channels]);

  function folded() {
    const scale = ops.div(weight, ops.sqrt(ops.affine(row(1), { shift: EPS })));
    return { scale, shift: ops.sub(bias, ops.mul(row(0), scale)) };
  }

  function infer(x: Tensor, residual?: Tensor): Tensor {
    const { scale, shift } = folded();
    const y = ops.add(ops.mul(x, scale), shift);
    if (residual) return ops.relu(ops.add(y, residual));
    return relu ? ops.relu(y) : y;
  }

  const forward = (x: Tensor, mode: Mode, residual?: Tensor) =>
    mode.training ? train(x, mode, residual) : infer(x, residual);
  const own: Tree = affine ? { weight, bias, running } : { running };
  return Object.assign(forward, { state: own, folded });
}
