/** How a value that is not what a schema asks for is told from what would be, for schemas of all kinds. */
import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "../../../core/train/configError.ts";
import { nearest } from "../../../core/train/nearest.ts";
import { parse } from "../../../core/train/problems.ts";

const schema = z.strictObject({
  name: z.enum(["small", "large"]).default("small"),
  count: z.int().positive().max(9).optional(),
  share: z.number().min(0).max(1).optional(),
  open: z.number().gt(0).lt(1).optional(),
  on: z.boolean().optional(),
  pair: z.tuple([z.number(), z.number()]).optional(),
  steps: z
    .array(
      z.union([
        z.literal("flip"),
        z.discriminatedUnion("name", [
          z.strictObject({ name: z.literal("blur"), sigma: z.number().positive() }),
          z.strictObject({ name: z.literal("crop"), scale: z.number().max(1) }),
        ]),
      ]),
    )
    .optional(),
  either: z
    .union([z.strictObject({ name: z.literal("a"), x: z.int() }), z.strictObject({ name: z.literal("b") })])
    .optional(),
  extra: z.record(z.string(), z.strictObject({ value: z.int() })).optional(),
});

test.each<[object, string]>([
  [
    { nam: 1 },
    "nam: there is no such key; did you mean name? allowed: name, count, share, open, on, pair, steps, either, extra",
  ],
  [{ name: "lage" }, 'name: got "lage"; did you mean large? allowed: small or large'],
  [{ name: 3 }, "name: got 3; allowed: small or large"],
  [{ count: 10 }, "count: got 10; allowed: a whole number from 1 to 9"],
  [{ count: null }, "count: got null; allowed: a whole number from 1 to 9"],
  [{ share: -1 }, "share: got -1; allowed: a number from 0 to 1"],
  [{ open: 1 }, "open: got 1; allowed: a number above 0 below 1"],
  [{ on: "yes" }, 'on: got "yes"; allowed: true or false'],
  [{ pair: [1] }, "pair: got [1]; allowed: a list of 2: a number, a number"],
  [{ pair: [1, "2"] }, 'pair.1: got "2"; allowed: a number'],
  [{ steps: 3 }, "steps: got 3; allowed: a list, each flip or an object whose name is blur or crop"],
  [
    { steps: ["flop"] },
    'steps.0: got "flop"; did you mean flip? allowed: flip or an object whose name is blur or crop',
  ],
  [
    { steps: ["flip", { name: "bluur" }] },
    'steps.1.name: got "bluur"; did you mean blur? allowed: blur or crop',
  ],
  [{ steps: [{ sigma: 3 }] }, "steps.0.name: missing; allowed: blur or crop"],
  [{ steps: [{ name: "blur" }] }, "steps.0.sigma: missing; allowed: a number above 0"],
  [
    { steps: [{ name: "crop", sigma: 1, scale: 2 }] },
    "steps.0.scale: got 2; allowed: a number up to 1; steps.0.sigma: there is no such key; allowed: name, scale",
  ],
  [{ either: { name: "a", x: "1" } }, 'either.x: got "1"; allowed: a whole number'],
  [{ either: { name: "b", x: 1 } }, "either.x: there is no such key; allowed: name"],
  [{ either: { name: "c" } }, 'either.name: got "c"; allowed: a or b'],
  [{ either: "a" }, 'either: got "a"; allowed: an object whose name is a or b'],
  [{ extra: { some: { value: 0.5 } } }, "extra.some.value: got 0.5; allowed: a whole number"],
])("%j", (value, message) => {
  expect(() => parse(schema, value)).toThrow(new ConfigError(`config: ${message}`));
});

test("a value's own place stands before", () => {
  expect(() => parse(schema, { on: 1 }, "method")).toThrow(/^config: method\.on: /);
});

test.each([
  ["widht", "width"],
  ["encodr", "encoder"],
  ["epoch", "epochs"],
  ["Width", "width"],
  ["w", undefined],
  ["temperature", undefined],
])("nearest to %s is %s", (word, meant) => {
  expect(nearest(word, ["name", "width", "encoder", "epochs", "depth"])).toBe(meant);
});
