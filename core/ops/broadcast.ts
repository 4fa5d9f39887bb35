import type { Numbers } from "../op.ts";
import { type Shape, sameShape } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { sum } from "./sum.ts";

/** The float64 reference of an element-wise op of two broadcast inputs, from its formula for one element. */
export const broadcastReference =
  (formula: (a: number, b: number) => number) =>
  ([a, b]: Numbers[], y: Numbers, p: Record<string, number>): void => {
    for (let i = 0; i < p.size; i++) {
      const i3 = i % p.n3;
      const i2 = Math.floor(i / p.n3) % p.n2;
      const i1 = Math.floor(i / (p.n3 * p.n2)) % p.n1;
      const i0 = Math.floor(i / (p.n3 * p.n2 * p.n1));
      const left = i0 * p.a0 + i1 * p.a1 + i2 * p.a2 + i3 * p.a3;
      const right = i0 * p.b0 + i1 * p.b1 + i2 * p.b2 + i3 * p.b3;
      y[i] = formula(a[left], b[right]);
    }
  };

/** Sums dy over the axes along which a tensor of the given shape was repeated: the gradient of broadcasting. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  const lead = dy.shape.length - shape.length;
  let result = lead > 0 ? sum(dy, { from: 0, to: lead }) : dy;
  for (let axis = 0; axis < shape.length; axis++)
    if (shape[axis] === 1 && result.shape[axis] !== 1) {
      const summed = sum(result, { from: axis, to: axis + 1 });
      result = reshape(summed, summed.shape.toSpliced(axis, 0, 1));
    }
  return sameShape(result.shape, shape) ? result : reshape(result, shape);
}
