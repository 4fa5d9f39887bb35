import type { Draw } from "../op.ts";
import { fits, type Shape } from "../shape.ts";
import { integers } from "./draw.ts";

/**
 * Whose numbers are whose in an arena of many parameters: places are whole blocks of BLOCK numbers, and `owners` u32
 * [blocks] holds the parameter that each block belongs to, in ascending order. What differs between parameters (rates,
 * decay) is one row of `settings` [N, fields] each.
 */
export const BLOCK = 64;

export const blocksOf = (numbers: number): number => Math.ceil(numbers / BLOCK);

/** Throws ShapeError unless arena [rows, P], g [P], settings [N, fields] and owners [blocks] belong together. */
export function fitsArena(
  who: string,
  [arena, g, settings, owners]: readonly Shape[],
  { rows, fields }: { rows: readonly string[]; fields: readonly string[] },
): void {
  const rule = `the arena must have ${rows.length} rows: ${rows.join(", ")}`;
  fits(arena.length === 2 && arena[0] === rows.length, who, rule, arena);
  fits(g.length === 1 && g[0] === arena[1], who, "one gradient a number", arena, g);
  const row = `a row of settings is ${fields.join(", ")}`;
  fits(settings.length === 2 && settings[1] === fields.length, who, row, settings);
  fits(owners.length === 1 && owners[0] === blocksOf(g[0]), who, `one owner for ${BLOCK} numbers`, g, owners);
}

/** Ascending owners below `count`. */
export const ascending = (uniform: () => number, blocks: number, count: number): number[] =>
  integers(uniform, blocks, count).sort((a, b) => a - b);

/** Draws owners for the settings that are the third input. */
export const drawOwners =
  (fields: number): Draw<object> =>
  (uniform, [blocks], [, , settings]) =>
    ascending(uniform, blocks, settings.length / fields);
