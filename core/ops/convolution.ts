import type { Shape } from "../shape.ts";

/** Pixels, the same along height and width. */
export interface Convolution {
  stride?: number;
  padding?: number;
  dilation?: number;
  groups?: number;
}

/** Extent of a convolution's output along one axis. */
export const convolved = (
  extent: number,
  kernel: number,
  { stride = 1, padding = 0, dilation = 1 }: Convolution,
) => Math.floor((extent + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/** The fields that all three passes receive, from the shapes of the input, the weights and the output. */
export const convParams = (
  [N, H, W, C]: Shape,
  [O, KH, KW]: Shape,
  [, OH, OW]: Shape,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Convolution,
) => ({ N, H, W, C, O, KH, KW, OH, OW, stride, padding, dilation, groups });

/** Calls `visit` with the positions in x, w and y of every product that a convolution adds up. */
export function eachProduct(
  p: Record<string, number>,
  visit: (x: number, w: number, y: number, n: number) => void,
) {
  const [C, O] = [p.C / p.groups, p.O / p.groups]; // of one group
  for (let n = 0; n < p.N; n++)
    for (let oh = 0; oh < p.OH; oh++)
      for (let ow = 0; ow < p.OW; ow++)
        for (let o = 0; o < p.O; o++)
          for (let kh = 0; kh < p.KH; kh++)
            for (let kw = 0; kw < p.KW; kw++) {
              const h = oh * p.stride + kh * p.dilation - p.padding;
              const w = ow * p.stride + kw * p.dilation - p.padding;
              if (h < 0 || h >= p.H || w < 0 || w >= p.W) continue;
              const x = ((n * p.H + h) * p.W + w) * p.C + Math.floor(o / O) * C;
              const y = ((n * p.OH + oh) * p.OW + ow) * p.O + o;
              for (let c = 0; c < C; c++) visit(x + c, ((o * p.KH + kh) * p.KW + kw) * C + c, y, n);
            }
}
