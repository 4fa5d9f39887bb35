import { type Grads, op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { fill } from "./fill.ts";

/**
 * Rows `start` up to but not including `start + count` of the first axis.
 *
 *     x [N, ...] -> y [count, ...]
 */
export const slice = op<[x: Tensor], { start: number; count: number }>({
  name: "slice",

  shape([x], { start, count }) {
    fits(x.length > 0, "slice", "a scalar has no first axis", x);
    const whole = Number.isInteger(start) && Number.isInteger(count);
    const inside = whole && start >= 0 && count > 0 && start + count <= x[0];
    fits(inside, "slice", `rows ${start} to ${start + count} are out of range`, x);
    return [count, ...x.slice(1)];
  },

  params: ([x], y, { start }) => ({ offset: start * size(x.slice(1)), size: size(y) }),

  reference([x], y, { offset, size }) {
    for (let i = 0; i < size; i++) y[i] = x[offset + i];
  },

  grad(dy, _y, [x], { start, count }): Grads {
    const zeros = (rows: number) => fill({ shape: [rows, ...x.shape.slice(1)], value: 0 });
    const after = x.shape[0] - start - count;
    const tail = after ? concat(dy, zeros(after)) : dy;
    return [start ? concat(zeros(start), tail) : tail];
  },

  examples: [
    [[[4, 3]], { start: 1, count: 2 }],
    [[[1]], { start: 0, count: 1 }], // the smallest
    [[[39, 5, 3]], { start: 0, count: 33 }],
    [[[74, 127]], { start: 37, count: 37 }], // the second of two views
  ],
});
