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

/** What is normalised, and what becomes of it. */
export interface Normalisation {
  /** Added to the variance; PyTorch's default. */
  eps?: number;
  /** The output is rectified. */
  relu?: boolean;
}

/** The f32 field of kernels that normalise. */
export const epsOf = ({ eps = 1e-5 }: Normalisation) => ({ eps });

/** The u32 fields of kernels that normalise, and rectify where `relu` is 1. */
export const normParams = (x: Shape, groups: number, { relu = false }: Normalisation) => ({
  ...chunkParams(x, groups),
  relu: Number(relu),
});

/** Calls `visit` for each number: where it lies, its channel, and where its mean and its variance lie in the moments. */
export function eachNumber(
  { groups, rows, channels }: Record<string, number>,
  visit: (at: number, c: number, mean: number, variance: number, row: number, group: number) => void,
): void {
  for (let g = 0; g < groups; g++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < channels; c++)
        visit((g * rows + r) * channels + c, c, g * 2 * channels + c, (g * 2 + 1) * channels + c, r, g);
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
