/**
 * What a schema allows at a place, in words. The schema is a JSON Schema (draft 7), as zod makes it of its own: the same
 * that editors read.
 */
import { z } from "zod";
import { isRecord } from "./records.ts";

/** The words of JSON Schema that are read here. */
export interface Node {
  type?: string | string[];
  description?: string;
  /** Where a default comes from: the only word that is not JSON Schema's. */
  source?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
  required?: string[];
  items?: Node | Node[];
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  anyOf?: Node[];
  oneOf?: Node[];
}

const known = new WeakMap<z.ZodType, Node>(); // making one takes longer than anything that is done with it

/** The JSON Schema of what may be written for a type, before defaults are filled in. Not to be changed. */
export function schemaOf(type: z.ZodType): Node {
  const made =
    known.get(type) ??
    (z.toJSONSchema(type, { io: "input", target: "draft-7", unrepresentable: "any", override }) as Node);
  known.set(type, made);
  return made;
}

/** Leaves out the bounds that zod gives to every integer. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

const branches = (node: Node): Node[] => (node.anyOf ?? node.oneOf)?.flatMap(branches) ?? [node];

/** Keys that an object of this branch must have with one value, as `name`. */
const constants = ({ properties = {} }: Node): [key: string, node: Node][] =>
  Object.entries(properties).filter(([, each]) => each.const !== undefined);

/** Of alternatives, those that a value means: of its kind, and with its name where there is one of that name. */
function meant(alternatives: Node[], value: unknown): Node[] {
  if (Array.isArray(value)) return alternatives.filter(({ type }) => type === "array");
  if (!isRecord(value)) return alternatives;
  const objects = alternatives.filter(({ type }) => type === "object");
  const named = objects.filter((node) =>
    constants(node).every(([key, each]) => (value[key] ?? each.default) === each.const),
  );
  return named.length ? named : objects;
}

function inner({ properties, additionalProperties, items }: Node, key: PropertyKey): Node[] {
  const below = Array.isArray(items) ? items[Number(key)] : items;
  const found = properties?.[String(key)] ?? below ?? additionalProperties;
  return typeof found === "object" ? branches(found) : [];
}

/** What may stand at a path: more than one where there is a choice that `value`, the whole, has not made. */
export function alternativesAt(schema: Node, path: readonly PropertyKey[], value: unknown): Node[] {
  let [nodes, here] = [branches(schema), value];
  for (const key of path) {
    nodes = meant(nodes, here).flatMap((node) => inner(node, key));
    here = (here as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  return meant(nodes, here);
}

/** Keys that objects at a path may have. */
export const keysAt = (schema: Node, path: readonly PropertyKey[], value: unknown): string[] => [
  ...new Set(alternativesAt(schema, path, value).flatMap(({ properties = {} }) => Object.keys(properties))),
];

/** The values, of a fixed number of them, that are among alternatives. */
export const valuesOf = (alternatives: Node[]): string[] =>
  alternatives.flatMap((node) => node.enum ?? (node.const === undefined ? [] : [node.const])).map(String);

const or = (words: string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/** Alternatives in words: `a whole number from 1 to 1024`; `cosine or an object whose name is cosine or step`. */
export function describe(alternatives: Node[]): string {
  const named = alternatives.flatMap((node) => constants(node).map(([key, each]) => [key, each.const]));
  const others = alternatives.filter((node) => node.const === undefined && !node.enum);
  const objects = others.filter(({ type }) => type === "object");
  const rest = others.filter(({ type }) => type !== "object").map(inWords);
  if (objects.length > 1 && named.length)
    rest.push(`an object whose ${named[0][0]} is ${or(named.map(([, value]) => String(value)))}`);
  else rest.push(...objects.map(inWords));
  return or([...valuesOf(alternatives), ...new Set(rest)]);
}

function inWords(node: Node): string {
  switch (node.type) {
    case "integer":
    case "number":
      return `a ${node.type === "integer" ? "whole number" : "number"}${range(node)}`;
    case "boolean":
      return "true or false";
    case "string":
      return "text";
    case "array":
      return listInWords(node);
    case "object":
      return `an object with ${Object.keys(node.properties ?? {}).join(", ") || "nothing in it"}`;
    default:
      return "any value";
  }
}

function listInWords({ items, minItems }: Node): string {
  if (Array.isArray(items))
    return `a list of ${items.length}: ${items.map((each) => describe(branches(each))).join(", ")}`;
  const each = items ? `, each ${describe(branches(items))}` : "";
  return `a list${minItems ? ` of at least ${minItems}` : ""}${each}`;
}

function range({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Node): string {
  const counted = type === "integer" && exclusiveMinimum !== undefined;
  const low = counted ? exclusiveMinimum + 1 : minimum;
  const parts = [
    low !== undefined && `from ${low}${maximum === undefined ? " on" : ""}`,
    low === undefined && exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && (low === undefined ? `up to ${maximum}` : `to ${maximum}`),
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ];
  return parts
    .filter(Boolean)
    .map((each) => ` ${each}`)
    .join("");
}
