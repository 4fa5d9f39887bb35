import { detach } from "../autograd.ts";
import { add, affine, l2Normalize, scatterRows } from "../ops/index.ts";
import type { Assignment } from "../program.ts";
import { state, type Tensor } from "../tensor.ts";
import { unitRows } from "./init.ts";

/**
 * What is remembered of each image: rows [samples, D], at first of unit length at random.
 *
 * Wu et al. 2018, section 3.2. https://arxiv.org/abs/1805.01978
 */
export const bank = (samples: number, dimension: number): Tensor =>
  state([samples, dimension], unitRows(dimension));

/** What is remembered once rows were seen, of unit length: momentum old + (1 - momentum) rows. [N, D] -> [N, D] */
export const blend = (old: Tensor, rows: Tensor, momentum: number): Tensor =>
  l2Normalize(add(affine(old, { scale: momentum }), affine(detach(rows), { scale: 1 - momentum })));

/** Rows [N, D] take the places of the samples that `index` u32 [N] names; of one that is named twice, the last. */
export const store = (bank: Tensor, rows: Tensor, index: Tensor): Assignment => ({
  target: bank,
  value: scatterRows(bank, rows, index),
});
