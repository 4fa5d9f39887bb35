import type { Layer } from "./recipe.ts";
import { leavesOf, valueAt } from "./records.ts";

/**
 * Where a recipe's value comes from: what the recipe that sets it says in its `sources` of the path, or of the longest
 * beginning of it. Undefined where that says nothing, or none of them sets it.
 */
export function sourceOf(layers: readonly Layer[], path: string): string | undefined {
  const keys = path.split(".");
  const setter = layers.findLast(({ recipe }) => valueAt(recipe, keys) !== undefined);
  if (!setter) return undefined;
  const beginnings = keys.map((_, i) => keys.slice(0, keys.length - i).join("."));
  const covering = beginnings.find((each) => Object.hasOwn(setter.sources, each));
  return covering === undefined ? undefined : String(setter.sources[covering]);
}

/** Entries of `sources` that cover nothing that their own recipe sets. */
export function staleSources({ recipe, sources }: Layer): string[] {
  const paths = [...leavesOf(recipe)].map(([path]) => path);
  return Object.keys(sources).filter(
    (key) => !paths.some((path) => path === key || path.startsWith(`${key}.`)),
  );
}
