export type JsonRecord = Record<string, unknown>;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Levels of records and lists that a recipe may have, one in another: what walks them calls itself for each. */
export const DEEPEST = 32;

/** Whether records and lists lie at most `levels` deep in one another. */
export const isShallow = (value: unknown, levels = DEEPEST): boolean =>
  typeof value !== "object" ||
  value === null ||
  (levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1)));

/** What lies at a path of a nested value; undefined where nothing does. */
export const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (here, key) => (here as Record<PropertyKey, unknown> | undefined | null)?.[key],
    value,
  );

/** All that is set in a record, with its path. A list is one leaf unless there are records or lists in it. */
export function* leavesOf(value: unknown, path: readonly string[] = []): Generator<[string, unknown]> {
  const isNested = Array.isArray(value) && value.some((each) => typeof each === "object");
  if (isRecord(value) || isNested)
    for (const [key, each] of Object.entries(value as object)) yield* leavesOf(each, [...path, key]);
  else if (value !== undefined) yield [path.join("."), value];
}

/** A digest's first 12 digits, which are enough for people; all else as it is. */
export const shortened = (value: unknown): unknown =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
