/** The keys of a recipe as a table of docs/recipes.md: type, default and meaning, from the schema that checks recipes. */
import { describe, type Node } from "../../core/train/allowed.ts";

interface Row {
  path: string;
  type: string;
  /** As JSON; empty where there is none. */
  default: string;
  meaning: string;
  /** The names of the methods, optimizers or schedules that have this key; none where all do. */
  of: string[];
}

const branches = (node: Node): Node[] => (node.anyOf ?? node.oneOf)?.flatMap(branches) ?? [node];

/** The rows of what may stand at a path: its own, and those of the keys below. */
function rowsOf(node: Node, path: string, required: boolean): Row[] {
  const all = branches(node);
  const variants = all.filter(({ properties }) => properties);
  const standard = node.default === undefined ? (required ? "required" : "") : JSON.stringify(node.default);
  const own = {
    path,
    type: describe(all).replace(/(an object) with .*/, "$1"),
    default: standard,
    meaning: node.description ?? "",
    of: [],
  };
  const rows: Row[] = node.description || !variants.length ? [own] : []; // a record without a word is but its keys
  const below = variants.flatMap(({ properties = {}, required = [] }) => {
    const name = properties.name?.const;
    return Object.entries(properties)
      .filter(([, each]) => each.const === undefined)
      .flatMap(([key, each]) => rowsOf(each, path ? `${path}.${key}` : key, required.includes(key)))
      .map((row) => (name === undefined ? row : { ...row, of: [String(name)] }));
  });
  const names = variants
    .flatMap(({ properties }) => properties?.name ?? [])
    .filter((name) => name.const !== undefined);
  if (names.length) rows.push(nameRow(`${path}.name`, names));
  rows.push(...merged(below, variants.length));
  for (const { items } of all)
    if (items && !Array.isArray(items) && items.properties)
      rows.push(...rowsOf({ ...items, description: undefined }, `${path}.N`, false));
  return rows;
}

/** What tells the variants at a path apart. */
function nameRow(path: string, names: Node[]): Row {
  const standard = names.find((each) => each.default !== undefined)?.default;
  return {
    ...{ path, type: describe(names), meaning: "Decides which of the other keys there are.", of: [] },
    default: standard === undefined ? "required" : JSON.stringify(standard),
  };
}

/** Rows that differ in nothing but whose they are, as one; where all variants have it, it is nobody's. */
function merged(rows: Row[], variants: number): Row[] {
  const found = new Map<string, Row>();
  for (const { of, ...row } of rows) {
    const key = JSON.stringify(row);
    found.set(key, { ...row, of: [...(found.get(key)?.of ?? []), ...of] });
  }
  return [...found.values()].map((row) =>
    row.of.length === variants && variants > 1 ? { ...row, of: [] } : row,
  );
}

/** The rows of a config's schema, as Markdown. Throws where a key has no meaning, which its schema's `describe` gives. */
export function keysTable(schema: Node): string {
  const rows = rowsOf(schema, "", true);
  const mute = rows.filter(({ meaning }) => !meaning).map(({ path }) => path);
  if (mute.length)
    throw new Error(
      `docs: these keys of recipes lack a meaning, by describe in their schema: ${mute.join(", ")}`,
    );
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const lines = rows.map(({ path, type, default: standard, meaning, of }) => {
    const key = `\`${path}\`${of.length ? ` (${of.join(", ")})` : ""}`;
    const value = standard && standard !== "required" ? `\`${standard}\`` : standard;
    return `| ${[key, type, value, meaning].map(cell).join(" | ")} |`;
  });
  return ["| key | value | default | meaning |", "| --- | --- | --- | --- |", ...lines].join("\n");
}
