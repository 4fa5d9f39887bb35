import { parseSync } from "vite";

/** One edge out of a source file, and whether it is erased with the types or loaded only when reached. */
export type Import = { specifier: string; kind: "type" | "static" | "dynamic" };

/** What a source file asks of the rest of the world. */
export type Facts = { imports: Import[]; readsEnv: boolean; hasValues: boolean };

type Node = { type: string; [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";

/** Calls `visit` on every node of a syntax tree, parents first. */
function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  if (!isNode(value)) return;
  visit(value);
  for (const child of Object.values(value)) if (typeof child === "object") walk(child, visit);
}

/** The text of a string literal or of a template without holes. */
function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  const { quasis } = node as unknown as { quasis?: { value: { cooked: string } }[] };
  return node.type === "TemplateLiteral" && quasis?.length === 1 ? quasis[0].value.cooked : undefined;
}

const isIdentifier = (node: unknown, name: string): boolean =>
  isNode(node) && node.type === "Identifier" && node.name === name;

/** `import.meta` and `process` are the only objects asked for. */
const isMember = (node: unknown, object: "import.meta" | "process", property: string): boolean =>
  isNode(node) &&
  node.type === "MemberExpression" &&
  (isIdentifier(node.property, property) || literal(node.property) === property) &&
  (object === "process"
    ? isIdentifier(node.object, "process")
    : isNode(node.object) && node.object.type === "MetaProperty");

/** The text of a literal path, or of `./x${extname(import.meta.url)}`: a source beside a source, compiled beside a compiled one. */
function pathOf(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== "TemplateLiteral") return literal(node);
  const [hole, ...others] = node.expressions as Node[];
  if (others.length > 0 || hole?.type !== "CallExpression" || !isIdentifier(hole.callee, "extname"))
    return literal(node);
  const [before, after] = node.quasis as { value: { cooked: string } }[];
  return `${before.value.cooked}.ts${after.value.cooked}`;
}

/** The edge that a node is, if it is one: import, export from, import(), import type, new URL("./x.ts", import.meta.url). */
function edge(node: Node): Import | undefined {
  const specifier = literal(node.source);
  if (specifier !== undefined) {
    if (node.type === "TSImportType") return { specifier, kind: "type" };
    if (node.type === "ImportExpression") return { specifier, kind: "dynamic" };
    return { specifier, kind: (node.importKind ?? node.exportKind) === "type" ? "type" : "static" };
  }
  if (node.type !== "NewExpression" || !isIdentifier(node.callee, "URL")) return undefined;
  const [path, base] = node.arguments as unknown[];
  const target = pathOf(path);
  if (!target?.endsWith(".ts") || !isMember(base, "import.meta", "url")) return undefined;
  return { specifier: target.startsWith(".") ? target : `./${target}`, kind: "dynamic" }; // relative either way
}

const erased = /^(TSTypeAlias|TSInterface)Declaration$/;

/** Whether a top-level statement leaves anything behind when the types are erased. */
function isValue(statement: Node): boolean {
  if (statement.type === "ImportDeclaration") return statement.importKind !== "type";
  if (erased.test(statement.type) || statement.declare === true) return false;
  if (statement.type !== "ExportNamedDeclaration" && statement.type !== "ExportAllDeclaration") return true;
  return isNode(statement.declaration) ? isValue(statement.declaration) : statement.exportKind !== "type";
}

/** Reads a TypeScript source. Throws where it does not parse. */
export function factsOf(path: string, source: string): Facts {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: does not parse: ${errors[0].message}`);
  const imports: Import[] = [];
  let readsEnv = false;
  walk(program, (node) => {
    const found = edge(node);
    if (found) imports.push(found);
    readsEnv ||= isMember(node, "process", "env");
  });
  return { imports, readsEnv, hasValues: (program.body as unknown as Node[]).some(isValue) };
}
