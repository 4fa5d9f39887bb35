import { ConfigError } from "./configError.ts";
import { DEEPEST, isRecord, isShallow, type JsonRecord } from "./records.ts";

/** One change of a recipe: the value at a path, keys between dots. */
export type Setting = readonly [path: string, value: unknown];

/** `key.path=value`, the value as JSON where it is JSON, else as text; elements of lists by number, `views.0.size=96`. */
export function parseSetting(text: string): Setting {
  const at = text.indexOf("=");
  if (at < 1) throw new ConfigError(`config: --set takes key.path=value; got ${text}`);
  const [path, raw] = [text.slice(0, at), text.slice(at + 1)];
  try {
    return [path, JSON.parse(raw)];
  } catch {
    return [path, raw];
  }
}

/** The record with a value set, or removed by null; what it was made of stays as it is. Throws ConfigError beyond a list. */
export function withSetting(record: JsonRecord, [path, value]: Setting): JsonRecord {
  const keys = path.split(".");
  if (keys.length > DEEPEST || !isShallow(value))
    throw new ConfigError(`config: settings lie at most ${DEEPEST} levels deep; got ${path.slice(0, 80)}`);
  return changed(record, keys, value, []) as JsonRecord;
}

function changed(here: unknown, [key, ...rest]: string[], value: unknown, above: string[]): unknown {
  const removes = value === null && !rest.length;
  const inner = (now: unknown): unknown => (rest.length ? changed(now, rest, value, [...above, key]) : value);
  if (Array.isArray(here)) {
    const index = indexIn(here, key, above);
    return removes ? here.toSpliced(index, 1) : here.with(index, inner(here[index]));
  }
  const record = isRecord(here) ? here : {};
  return { ...record, [key]: removes ? undefined : inner(record[key]) }; // as absent, but an unknown key is still seen
}

function indexIn(list: unknown[], key: string, above: string[]): number {
  const index = /^\d+$/.test(key) ? Number(key) : list.length;
  if (index < list.length) return index;
  const elements = `${above.join(".")} is a list of ${list.length}`;
  const allowed = list.length
    ? `allowed: ${list.length > 1 ? `0 to ${list.length - 1}` : 0}`
    : "set it as a whole";
  throw new ConfigError(`config: ${[...above, key].join(".")}: ${elements}; ${allowed}`);
}
