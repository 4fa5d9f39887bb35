import { cos } from "../math.ts";

/** The share of the base rate at each step. */
export type Schedule = (step: number, steps: number) => number;

/**
 * Half a cosine from 1 to 0: (1 + cos(pi step / steps)) / 2, without warm restarts.
 *
 * Loshchilov and Hutter 2017, eq. 5. https://arxiv.org/abs/1608.03983
 */
export const cosine: Schedule = (step, steps) => (1 + cos((Math.PI * step) / steps)) / 2;
