/** How long kernels run, roughly: a GPU's driver ends a submission that takes seconds, whatever becomes of its results. */
import type { Command } from "../core/backend.ts";

/** A slow GPU: products a second (a multiplication and an addition each), and bytes a second. */
const PRODUCTS = 5e11;
const TRAFFIC = 5e10;

/**
 * Seconds that a submission may take on a slow GPU. Windows ends what takes 2 s (TdrDelay), others later.
 * https://learn.microsoft.com/en-us/windows-hardware/drivers/display/tdr-registry-keys
 */
export const LONGEST = 0.2;

/** Multiplications of products, by the fields that their ops have: convolutions, matrices, similarities. */
function productsOf({ M, N, K, D, OH, OW, O, KH, KW, C, groups }: Readonly<Record<string, number>>): number {
  if (KH && O) return (N * OH * OW * O * KH * KW * C) / groups;
  if (M && N && K) return M * N * K;
  if (D) return D * (N && K ? N * K : (M ?? 0) ** 2);
  return 0;
}

/** Seconds that a kernel runs on a slow GPU. */
export function secondsOf({ call, inputs, output }: Command): number {
  const bytes = [...inputs, output].reduce((sum, place) => sum + place.bytes, 0);
  return productsOf(call.u32) / PRODUCTS + bytes / TRAFFIC;
}

/** Consecutive items in pieces that take no longer than `most` each, or are one item. */
export function piecesOf<T extends { readonly seconds: number }>(items: readonly T[], most = LONGEST): T[][] {
  const pieces: T[][] = [];
  let taken = Number.POSITIVE_INFINITY;
  for (const item of items) {
    taken += item.seconds;
    if (taken > most) {
      pieces.push([]);
      taken = item.seconds;
    }
    pieces.at(-1)!.push(item);
  }
  return pieces;
}
