import * as ops from "../ops/index.ts";
import { type Layer, layer } from "./layer.ts";

/**
 * In training each element is 0 with probability p and else scaled by 1 / (1 - p); in use y = x.
 *
 *     x [N, ...] -> y like x; N a multiple of the shard's samples, one view of all after another
 *
 * Throws where a pass that trains was given no keys to draw by.
 */
export const dropout = (p: number): Layer =>
  layer({}, (x, mode) => {
    if (!mode.training || p === 0) return x;
    if (!mode.keys)
      throw new Error("dropout: this pass has no keys to draw by; give trainingMode those of its samples");
    return ops.dropout(x, mode.keys, { p, purpose: mode.purpose() });
  });
