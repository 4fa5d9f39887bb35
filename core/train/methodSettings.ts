import type { Method } from "../methods/index.ts";
import { describe, type Node, schemaOf } from "./allowed.ts";

/** One of a method's own settings. */
export interface Setting {
  readonly path: string;
  /** What may stand there, in words. */
  readonly allowed: string;
  /** Undefined where the method finds it itself, or must be told. */
  readonly default?: unknown;
  readonly required: boolean;
  readonly meaning: string;
  /** Where the default comes from. */
  readonly source: string;
}

/** A method's own settings, as its schema has them. Throws where it tells no meaning or no source of one. */
export const methodSettings = ({ name, config }: Method): Setting[] =>
  settingsOf(schemaOf(config), []).map((setting) => {
    for (const word of ["meaning", "source"] as const)
      if (!setting[word]) throw new Error(`methods: ${name}: the schema tells no ${word} of ${setting.path}`);
    return setting;
  });

function settingsOf({ properties = {}, required = [] }: Node, path: readonly string[]): Setting[] {
  return Object.entries(properties).flatMap(([key, node]) => {
    const here = [...path, key];
    if (node.properties) return settingsOf(node, here);
    const { default: standard, description: meaning = "", source = "" } = node;
    const told = { path: here.join("."), allowed: describe(node.anyOf ?? node.oneOf ?? [node]) };
    return { ...told, default: standard, required: required.includes(key), meaning, source };
  });
}
