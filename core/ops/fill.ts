import { op } from "../op.ts";
import { type Shape, size } from "../shape.ts";

/**
 * A constant: y = value everywhere.
 *
 *     -> y [shape]
 */
export const fill = op<[], { shape: Shape; value: number }>({
  name: "fill",
  shape: (_inputs, { shape }) => shape,
  params: (_inputs, y) => ({ size: size(y) }),
  floats: ({ value }) => ({ value }),
  reference: (_inputs, y, { value }) => void y.fill(value),
  examples: [
    [[], { shape: [], value: 1 }], // the smallest
    [[], { shape: [33, 7], value: -0.5 }],
  ],
});
