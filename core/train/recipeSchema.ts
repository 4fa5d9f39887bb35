import type { Node } from "./allowed.ts";
import { configSchema } from "./config.ts";

/**
 * What a recipe's file may hold, as a JSON Schema (draft 7) for editors: a run's config, of which any record may leave out
 * what `extends` supplies and remove by null what it should not, and what recipes say of themselves.
 */
export function recipeSchema(): Node & { $schema: string; title: string } {
  const config = partial(configSchema);
  return {
    ...config,
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A recipe of ssl-edge",
    properties: {
      $schema: { type: "string", description: "Where editors find this schema." },
      extends: {
        type: "string",
        description: "The recipe that this one changes: its name, or a .json file relative to this one.",
      },
      sources: {
        type: "object",
        additionalProperties: { type: "string" },
        description:
          "Where values come from, by path or the beginning of one: a section, a URL, or ours and why.",
      },
      ...config.properties,
    },
  };
}

/** The schema of records of which anything may be missing or null. Lists are replaced as a whole, so theirs stay. */
function partial({ required: _, source: __, oneOf, anyOf, properties, ...node }: Node): Node {
  const branches = (anyOf ?? oneOf)?.map(partial); // any: without a name more than one may hold
  return {
    ...node,
    ...(branches && { anyOf: branches }),
    ...(properties && { properties: mapValues(properties, (each) => orNull(partial(each))) }),
  };
}

function orNull(node: Node): Node {
  if (node.const !== undefined) return node; // the name of a method, or of an optimizer
  if (node.anyOf) return { ...node, anyOf: [...node.anyOf, { type: "null" }] };
  return {
    ...node,
    ...(node.type !== undefined && { type: [node.type, "null"].flat() }),
    ...(node.enum && { enum: [...node.enum, null] }),
  };
}

const mapValues = <T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
