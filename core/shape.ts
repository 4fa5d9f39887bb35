/** The extents of a tensor, outermost first. A scalar is []. */
export type Shape = readonly number[];

/** A misfit of shapes: who, which rule, what came. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** Number of elements: the product of the extents. */
export const size = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Throws ShapeError `<who>: <rule>; got <shapes>` unless `holds`. */
export function fits(holds: boolean, who: string, rule: string, ...got: Shape[]): asserts holds {
  if (!holds) throw new ShapeError(`${who}: ${rule}; got ${got.map(show).join(" and ")}`);
}

/** The largest rank that broadcasting kernels handle. */
export const MAX_RANK = 4;

/**
 * The shape that two shapes broadcast to by NumPy's rule: aligned at the last axis, equal extents or 1.
 *
 * https://numpy.org/doc/stable/user/basics.broadcasting.html
 */
export function broadcast(who: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  fits(rank <= MAX_RANK, who, `rank exceeds ${MAX_RANK}`, a, b);
  return Array.from({ length: rank }, (_, axis) => {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    fits(m === n || m === 1 || n === 1, who, "shapes do not broadcast", a, b);
    return m === 1 ? n : m;
  });
}

/** Extents padded with leading ones to MAX_RANK. */
const padded = (shape: Shape): number[] => [...Array(MAX_RANK - shape.length).fill(1), ...shape];

/** Row-major strides in elements, 0 along an axis of extent 1. */
function strides(shape: Shape): number[] {
  const extents = padded(shape);
  let step = 1;
  return extents
    .toReversed()
    .map((extent) => {
      const stride = extent === 1 ? 0 : step;
      step *= extent;
      return stride;
    })
    .toReversed();
}

/**
 * What a broadcasting kernel receives: the output's size and three inner extents, and each input's four strides.
 * `same` is 1 if neither input is repeated, so that a flat loop will do.
 */
export function broadcastParams([a, b]: Shape[], y: Shape): Record<string, number> {
  const [, n1, n2, n3] = padded(y);
  const [a0, a1, a2, a3] = strides(a);
  const [b0, b1, b2, b3] = strides(b);
  const same = Number(sameShape(padded(a), padded(y)) && sameShape(padded(b), padded(y)));
  return { size: size(y), same, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3 };
}
