/** Declarations as tsc writes them, with their docstrings, followed from module to module. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "vite";

type Node = { type: string; start: number; end: number; [key: string]: unknown };

/** One name of a module: its declarations as they are printed, and their syntax, to find the types that they speak of. */
export interface Declared {
  kind: "declared";
  name: string;
  file: string;
  nodes: Node[];
  text: string;
  doc: string;
}
export interface Namespace {
  kind: "namespace";
  doc: string;
  members: Map<string, Declared>;
}
export interface Module {
  doc: string;
  /** By name, exported or not; and what is exported. */
  locals: Map<string, () => Declared | Namespace | undefined>;
  exports: Map<string, Declared | Namespace>;
}

/** What a folder of declarations holds. */
export interface Declarations {
  /** A module, by its source's path. */
  read(file: string): Module;
  /** Types of the package that a declaration names. */
  typesIn(declared: Declared): Declared[];
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";
const nameOf = (node: unknown): string =>
  (node as { name?: string }).name ?? (node as { value: string }).value;
/** Whether a declaration is an interface, a type or a class. */
export const isType = ({ nodes: [{ type }] }: Declared): boolean =>
  type === "ClassDeclaration" || (type.startsWith("TS") && type !== "TSDeclareFunction");

/** Reads modules below a folder of declarations, each once. */
export function declarations(folder: string): Declarations {
  const modules = new Map<string, Module>();

  function read(file: string): Module {
    const known = modules.get(file);
    if (known) return known;
    const source = readFileSync(join(folder, file.replace(/\.ts$/, ".d.ts")), "utf8");
    const { program, comments, errors } = parseSync(file.replace(/\.ts$/, ".d.ts"), source);
    if (errors.length) throw new Error(`api: ${file}: ${errors[0].message}`);
    const module: Module = { doc: "", locals: new Map(), exports: new Map() };
    modules.set(file, module);
    const body = program.body as unknown as Node[];
    const docBefore = (node: Node) => {
      const comment = comments.findLast(({ end }) => end <= node.start);
      if (!comment?.value.startsWith("*")) return "";
      return source.slice(comment.end, node.start).trim() ? "" : textOf(comment.value);
    };
    module.doc = docBefore(body[0]);
    const from = (node: Node) => posix.join(posix.dirname(file), nameOf(node.source));
    const lookUp = (other: string, name: string) =>
      other.endsWith(".ts") ? read(other).exports.get(name) : undefined;

    for (const statement of body) {
      const specifiers = (statement.specifiers ?? []) as Node[];
      const inner = isNode(statement.declaration) ? statement.declaration : statement;
      if (statement.type === "ImportDeclaration")
        for (const { local, imported } of specifiers)
          if (imported) module.locals.set(nameOf(local), () => lookUp(from(statement), nameOf(imported)));
      const ids =
        inner.type === "VariableDeclaration"
          ? (inner.declarations as Node[]).map(({ id }) => id)
          : [inner.id];
      for (const id of ids.filter(isNode)) declare(nameOf(id), inner, statement);
      if (statement.type === "ExportAllDeclaration") {
        const { exports, doc } = read(from(statement));
        if (!statement.exported) for (const [name, each] of exports) module.exports.set(name, each);
        else
          module.exports.set(nameOf(statement.exported), {
            kind: "namespace",
            doc,
            members: exports as Map<string, Declared>,
          });
      }
      if (statement.type === "ExportNamedDeclaration")
        for (const { local, exported } of specifiers) {
          const found = statement.source
            ? lookUp(from(statement), nameOf(local))
            : module.locals.get(nameOf(local))?.();
          if (!found) throw new Error(`api: ${file}: ${nameOf(local)} is not found`);
          module.exports.set(nameOf(exported), found);
        }
    }
    return module;

    function declare(name: string, node: Node, statement: Node) {
      const before = module.locals.get(name)?.() as Declared | undefined; // of an overload
      const text = [before?.text, printed(source.slice(statement.start, statement.end))]
        .filter(Boolean)
        .join("\n");
      const doc = [before?.doc, docBefore(statement)].filter(Boolean).join("\n\n");
      const declared: Declared = {
        kind: "declared",
        name,
        file,
        nodes: [...(before?.nodes ?? []), node],
        text,
        doc,
      };
      module.locals.set(name, () => declared);
      if (statement !== node) module.exports.set(name, declared);
    }
  }

  function typesIn({ file, nodes }: Declared): Declared[] {
    const found: Declared[] = [];
    const walk = (value: unknown): void => {
      if (Array.isArray(value)) for (const each of value) walk(each);
      if (!isNode(value)) return;
      const imported = value.type === "TSImportType" && isNode(value.qualifier);
      const type = imported
        ? read(posix.join(posix.dirname(file), nameOf(value.source))).exports.get(nameOf(value.qualifier))
        : value.type === "TSTypeReference" && read(file).locals.get(nameOf(value.typeName))?.();
      if (type && type.kind === "declared") found.push(type);
      for (const child of Object.values(value)) if (typeof child === "object") walk(child);
    };
    walk(nodes);
    return found;
  }
  return { read, typesIn };
}

/** A docstring's text without its stars. */
const textOf = (comment: string) =>
  comment
    .replace(/^\*\s?/, "")
    .replaceAll(/^\s*\* ?/gm, "")
    .trim();

/** A declaration as it is read: without what only the compiler needs. */
const printed = (text: string) =>
  text
    .replace(/^export /, "")
    .replace(/^declare /, "")
    .replaceAll(/import\("[^"]*"\)\./g, "")
    .replaceAll(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2));
