import { cos } from "../math.ts";

/** The share of the base rate at each step, counted from 0. */
export type Schedule = (step: number, steps: number) => number;

/**
 * Half a cosine from 1 to 0: (1 + cos(pi step / steps)) / 2, without warm restarts.
 *
 * Loshchilov and Hutter 2017, eq. 5. https://arxiv.org/abs/1608.03983
 */
export const cosine: Schedule = (step, steps) => (1 + cos((Math.PI * step) / steps)) / 2;

/** Half a cosine from 1 to `final` instead of 0. */
export const cosineTo =
  (final: number): Schedule =>
  (step, steps) =>
    final + (1 - final) * cosine(step, steps);

/** Times `gamma` from each of the milestones on, which are steps. */
export const multiStep =
  (milestones: readonly number[], gamma: number): Schedule =>
  (step) =>
    milestones.filter((milestone) => step >= milestone).reduce((share) => share * gamma, 1);

/**
 * A straight line from `start` to 1 over the first steps, then the other schedule, which sees the rest of the run as its
 * whole: start + (1 - start) step / steps.
 *
 * So does SimCLR, with start 0. https://github.com/google-research/simclr/blob/master/tf2/model.py
 */
export const warmUp =
  ({ steps: rising, start = 0 }: { steps: number; start?: number }, then: Schedule): Schedule =>
  (step, steps) =>
    step < rising ? start + ((1 - start) * step) / rising : then(step - rising, steps - rising);
