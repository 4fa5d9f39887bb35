import type { Draw } from "../op.ts";
import { fits, type Shape, size } from "../shape.ts";

/** Rows (samples times pixels) that are summed as one chunk. */
export const CHUNK = 256;

/** Rows of one normalisation group, and how many chunks they make. */
export function chunksOf(x: Shape, groups: number): { rows: number; chunks: number } {
  const rows = size(x.slice(0, -1)) / groups;
  return { rows, chunks: Math.ceil(rows / CHUNK) };
}

/** The fields of kernels that go over channels in groups and chunks. */
export const chunkParams = (x: Shape, groups: number) => ({
  groups,
  ...chunksOf(x, groups),
  chunk: CHUNK,
  channels: x.at(-1)!,
});

/** Added to the variance; PyTorch's default. */
export interface Normalisation {
  eps?: number;
}

/** Checks an input against its moments; returns the number of groups. */
export function groupsOf(who: string, x: Shape, moments: Shape): number {
  const holds =
    moments.length === 3 && moments[1] === 2 && moments[2] === x.at(-1) && x[0] % moments[0] === 0;
  fits(holds, who, "moments do not belong to the input", x, moments);
  return moments[0];
}

/** Mean and biased variance of each group's channels: draws the saved statistics of examples. */
export const drawMoments: Draw<object> = (_uniform, [groups, , C], [x]) => {
  const rows = x.length / C / groups;
  const moments = new Float64Array(groups * 2 * C);
  for (let g = 0; g < groups; g++)
    for (let c = 0; c < C; c++) {
      const values = Array.from({ length: rows }, (_, r) => x[(g * rows + r) * C + c]);
      const mean = values.reduce((total, v) => total + v / rows, 0);
      moments[g * 2 * C + c] = mean;
      moments[(g * 2 + 1) * C + c] = values.reduce((total, v) => total + (v - mean) ** 2 / rows, 0);
    }
  return moments;
};
