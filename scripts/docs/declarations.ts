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

/** A file's statements, and the docstring before each. */
function parsed(file: string, text: string): { body: Node[]; docBefore(node: Node): string } {
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length) throw new Error(`api: ${file}: ${errors[0].message}`);
  return {
    body: program.body as unknown as Node[],
    docBefore(node) {
      const comment = comments.findLast(({ end }) => end <= node.start);
      if (!comment?.value.startsWith("*")) return "";
      return text.slice(comment.end, node.start).trim() ? "" : textOf(comment.value);
    },
  };
}

/** What a statement declares, without the word that exports it. */
const declarationIn = (statement: Node): Node =>
  isNode(statement.declaration) ? statement.declaration : statement;

/** The names that a declaration gives. */
const namesIn = ({ id, declarations }: Node): string[] =>
  [id, ...((declarations ?? []) as Node[]).map((each) => each.id)].filter(isNode).map(nameOf);

/** The interfaces and types of a source as they are written: declarations lack the comments at line ends, which tell shapes. */
function typesAsWritten(root: string, file: string): Map<string, string> {
  const text = readFileSync(join(root, file), "utf8");
  const types = parsed(file, text)
    .body.map(declarationIn)
    .filter(({ type }) => type === "TSInterfaceDeclaration" || type === "TSTypeAliasDeclaration");
  return new Map(types.map((each) => [namesIn(each)[0], text.slice(each.start, each.end)]));
}

/** Reads modules of the sources at `root`, whose declarations are in a folder, each once. */
export function declarations(root: string, folder: string): Declarations {
  const modules = new Map<string, Module>();

  function read(file: string): Module {
    const known = modules.get(file);
    if (known) return known;
    const path = file.replace(/\.ts$/, ".d.ts");
    const text = readFileSync(join(folder, path), "utf8");
    const { body, docBefore } = parsed(path, text);
    const module: Module = { doc: docBefore(body[0]), locals: new Map(), exports: new Map() };
    modules.set(file, module);
    const written = typesAsWritten(root, file);
    for (const statement of body) {
      const node = declarationIn(statement);
      for (const name of namesIn(node)) {
        const before = module.locals.get(name)?.() as Declared | undefined; // of an overload
        const own = written.get(name) ?? printed(text.slice(statement.start, statement.end));
        const declared: Declared = {
          ...{ kind: "declared", name, file, nodes: [...(before?.nodes ?? []), node] },
          text: [before?.text, own].filter(Boolean).join("\n"),
          doc: [before?.doc, docBefore(statement)].filter(Boolean).join("\n\n"),
        };
        module.locals.set(name, () => declared);
        if (statement !== node) module.exports.set(name, declared);
      }
      connect(file, module, statement);
    }
    return module;
  }

  /** Takes in what a statement imports, or passes on from other modules. */
  function connect(file: string, { locals, exports }: Module, statement: Node): void {
    const from = isNode(statement.source) && posix.join(posix.dirname(file), nameOf(statement.source));
    const lookUp = (name: string) =>
      from ? (from.endsWith(".ts") ? read(from).exports.get(name) : undefined) : locals.get(name)?.();
    const specifiers = (statement.specifiers ?? []) as Node[];
    if (statement.type === "ImportDeclaration")
      for (const { local, imported } of specifiers)
        if (imported) locals.set(nameOf(local), () => lookUp(nameOf(imported)));
    if (statement.type === "ExportNamedDeclaration")
      for (const { local, exported } of specifiers) {
        const found = lookUp(nameOf(local));
        if (!found) throw new Error(`api: ${file}: ${nameOf(local)} is not found`);
        exports.set(nameOf(exported), found);
      }
    if (statement.type !== "ExportAllDeclaration" || !from) return;
    const all = read(from);
    if (!statement.exported) for (const [name, each] of all.exports) exports.set(name, each);
    else {
      const members = new Map(
        [...all.exports].filter((each): each is [string, Declared] => each[1].kind === "declared"),
      );
      exports.set(nameOf(statement.exported), { kind: "namespace", doc: all.doc, members });
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
