import { fits, type Shape } from "../shape.ts";

/** A square window that moves over the image; `padding` pixels beyond each edge belong to it. */
export interface Window {
  kernel: number;
  /** The kernel's extent where nothing is said. */
  stride?: number;
  /** At most half the kernel, so that every window holds a pixel. */
  padding?: number;
}

/** The shape that pooling gives: x [N, H, W, C] -> [N, outH, outW, C]; a window that does not fit whole is left out. */
export function pooled(who: string, x: Shape, { kernel, stride = kernel, padding = 0 }: Window): Shape {
  fits(x.length === 4, who, "the input must be [N, H, W, C]", x);
  fits(kernel >= 1 && stride >= 1, who, `kernel ${kernel} and stride ${stride} must be at least 1`, x);
  fits(padding >= 0 && 2 * padding <= kernel, who, `padding ${padding} exceeds half the kernel ${kernel}`, x);
  const [N, H, W, C] = x;
  const out = (extent: number) => Math.floor((extent + 2 * padding - kernel) / stride) + 1;
  fits(out(H) >= 1 && out(W) >= 1, who, `a window of ${kernel} exceeds the padded image`, x);
  return [N, out(H), out(W), C];
}

/** What a pooling kernel receives; x is the larger side, y the smaller one, whichever is the output. */
export function poolingParams(
  [N, H, W, C]: Shape,
  y: Shape,
  { kernel, stride = kernel, padding = 0 }: Window,
) {
  return { N, H, W, C, outH: y[1], outW: y[2], kernel, stride, padding };
}

/** Calls back for every element of y with its window's elements of x, row by row, as indices into the flat tensors. */
export function windows(
  { N, H, W, C, outH, outW, kernel, stride, padding }: Record<string, number>,
  each: (y: number, window: number[]) => void,
): void {
  for (let n = 0; n < N; n++)
    for (let oh = 0; oh < outH; oh++)
      for (let ow = 0; ow < outW; ow++)
        for (let c = 0; c < C; c++) {
          const window: number[] = [];
          for (let i = 0; i < kernel; i++)
            for (let j = 0; j < kernel; j++) {
              const h = oh * stride - padding + i;
              const w = ow * stride - padding + j;
              if (h >= 0 && h < H && w >= 0 && w < W) window.push(((n * H + h) * W + w) * C + c);
            }
          each(((n * outH + oh) * outW + ow) * C + c, window);
        }
}
