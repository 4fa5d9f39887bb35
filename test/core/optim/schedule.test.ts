import { describe, expect, test } from "vitest";
import { cosine, cosineTo, multiStep, type Schedule, warmUp } from "../../../core/optim/index.ts";

const over = (schedule: Schedule, steps: number) =>
  Array.from({ length: steps }, (_, step) => schedule(step, steps));

test("the cosine is PyTorch's CosineAnnealingLR, to 0 or to a final share", () => {
  for (const final of [0, 0.1])
    over(cosineTo(final), 20).forEach((share, t) => {
      // eta_min + (eta_max - eta_min) (1 + cos(pi t / T)) / 2
      expect(share).toBeCloseTo(final + ((1 - final) * (1 + Math.cos((Math.PI * t) / 20))) / 2, 14);
    });
  expect(over(cosineTo(0), 20)).toEqual(over(cosine, 20));
  expect(cosineTo(0.1)(20, 20)).toBeCloseTo(0.1, 15);
});

test("steps multiply from each milestone on", () => {
  expect(over(multiStep([2, 5], 0.5), 7)).toEqual([1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]);
});

describe("warm-up", () => {
  test("is a straight line to the base rate, which the first step after it has", () => {
    expect(over(warmUp({ steps: 4 }, multiStep([], 1)), 6)).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
    expect(over(warmUp({ steps: 4, start: 0.5 }, multiStep([], 1)), 5)).toEqual([0.5, 0.625, 0.75, 0.875, 1]);
  });

  test("leaves the rest of the run to the other schedule", () => {
    expect(over(warmUp({ steps: 3 }, cosine), 13).slice(3)).toEqual(over(cosine, 10));
  });

  test("of no steps is none", () => {
    expect(over(warmUp({ steps: 0 }, cosine), 10)).toEqual(over(cosine, 10));
  });

  test("may be longer than the run", () => {
    expect(over(warmUp({ steps: 8 }, cosine), 4)).toEqual([0, 0.125, 0.25, 0.375]);
  });
});
