import { alternativesAt } from "./allowed.ts";
import { configSchema } from "./config.ts";
import { isRecord, type JsonRecord } from "./records.ts";

/**
 * What `own` says over what `base` says: records are merged, lists and values replaced, null removes. A record that has
 * another name than the base's where names tell apart what is allowed (of a method, an optimizer, a schedule) has nothing
 * of the base's.
 */
export function extended(base: JsonRecord, own: JsonRecord, path: readonly string[] = []): JsonRecord {
  const merged = new Map(Object.entries(base)); // a key "__proto__" is one like others
  for (const [key, value] of Object.entries(own)) {
    const [here, at] = [merged.get(key), [...path, key]];
    if (!isRecord(value))
      merged.set(key, value ?? undefined); // as absent, but an unknown key is still seen
    else merged.set(key, extended(isRecord(here) && !isAnother(here, value, at) ? here : {}, value, at));
  }
  return Object.fromEntries(merged);
}

function isAnother(here: JsonRecord, { name }: JsonRecord, path: readonly string[]): boolean {
  const names = alternativesAt(configSchema, path, undefined).flatMap(({ properties }) =>
    properties?.name?.const === undefined ? [] : [properties.name],
  );
  const before = here.name ?? names.find((each) => each.default !== undefined)?.const;
  return names.length > 1 && name !== undefined && name !== before;
}
