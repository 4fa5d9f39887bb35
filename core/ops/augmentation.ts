import { type ZodType, z } from "zod";
import { type Definition, type Op, op } from "../op.ts";
import type { Stream } from "../random.ts";
import { fits, type Shape, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

type Inputs = [x: Tensor, rows: Tensor];

/** Pixels of a view. */
export interface Extents {
  readonly height: number;
  readonly width: number;
}

/** What makes an op on views a step of recipes, where it stands under its name. */
export interface Step<Config> {
  readonly name: string;
  /** What a recipe says of it. */
  readonly config: ZodType<Config>;
  /** Numbers that are drawn for each view: the columns of the op's rows. */
  readonly columns: number;
  /** Draws the numbers of one view of these extents, from `rows[at]` on. Allocates nothing. */
  sample(rows: Float32Array, at: number, config: Config, random: Stream, view: Extents): void;
  /** Pixels that a view's shorter side must have; any will do where nothing is said. A smaller `size` takes fewer. */
  least?(config: Config): number;
  /** What becomes of a view's extents; they stay where nothing is said. */
  extents?(config: Config, view: Extents): Extents;
  /** What it leaves is several pictures in one, which a method takes apart: features are read at the extents before. */
  readonly apart?: boolean;
  /** Views [N, H, W, 3] in 0 .. 1, changed as the rows [N, columns] say. */
  apply(x: Tensor, rows: Tensor, config: Config): Tensor;
}

/** An op that recipes can ask for. There is no list of these but the index of ops. */
export type Augmentation<Config, A extends object> = Op<Inputs, A> & { readonly step: Step<Config> };

/** What is drawn for examples: colours in 0 .. 1. */
const colors = (uniform: () => number, shape: Shape) =>
  Array.from({ length: size(shape) }, () => (uniform() + 1) / 2);

type Parts<Config, A extends object> = Omit<Definition<Inputs, A>, "draw" | "shape" | "params"> &
  Partial<Pick<Definition<Inputs, A>, "shape" | "params">> &
  Omit<Step<Config>, "name" | "apply"> & {
    /** Rows for examples. */
    exampleRows: NonNullable<NonNullable<Definition<Inputs, A>["draw"]>[number]>;
    /** How the op is applied as a recipe asks; once, without attributes, where nothing is said. */
    apply?(self: Op<Inputs, A>, x: Tensor, rows: Tensor, config: Config): Tensor;
  };

/**
 * An op on views that is a step of recipes: what is true of it on devices, and what is drawn for it on the host.
 *
 *     x [N, H, W, 3] in 0 .. 1, rows [N, columns] -> y [N, H, W, 3] unless the definition says otherwise
 *
 * Throws ShapeError, in the op's name, for what are no views with a row each.
 */
export function augmentation<Config, A extends object = Record<string, never>>({
  config,
  columns,
  sample,
  least,
  extents,
  apart,
  apply = (self, x, rows) => self(...([x, rows, {}] as unknown as Parameters<typeof self>)),
  exampleRows,
  ...definition
}: Parts<Config, A>): Augmentation<Config, A> {
  const { name, shape } = definition;
  const self = op<Inputs, A>({
    params: ([x]) => ({ N: x[0], pixels: x[1] * x[2] }),
    ...definition,
    shape([x, rows], attributes) {
      fits(x.length === 4 && x[3] === 3, name, "images must be [N, H, W, 3]", x);
      fits(sameShape(rows, [x[0], columns]), name, `a view takes one row of ${columns}`, x, rows);
      return shape?.([x, rows], attributes) ?? x;
    },
    draw: [colors, exampleRows],
  });
  return Object.assign(self, {
    step: {
      ...{ name, config, columns, sample, least, extents, apart },
      apply: (x: Tensor, rows: Tensor, config: Config) => apply(self, x, rows, config),
    },
  });
}

/** A probability, in a recipe; a step's, unless it is described anew. */
export const probability = z.number().min(0).max(1).describe("How likely the step is taken for a view.");

/** Uniform from `low` up to but not including `high`. */
export const between = (random: Stream, low: number, high: number): number =>
  low + (high - low) * random.uniform();
