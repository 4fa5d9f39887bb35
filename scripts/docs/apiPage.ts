/** docs/api.md: what index.ts exports, with signatures and docstrings. */
import { type Declared, declarations, isType } from "./declarations.ts";

/** Text as Markdown: what stands between `<` and `>` is no tag, unless it is code. */
const escaped = (doc: string) =>
  doc
    .split("\n")
    .map((line) =>
      line.startsWith("    ")
        ? line
        : line.replaceAll(/`[^`]*`|<(?=[\w/])/g, (each) => (each === "<" ? "&lt;" : each)),
    )
    .join("\n");

/** The page, of the sources at `root`, whose declarations `tsc --declaration` wrote into a folder. */
export function apiPage(root: string, folder: string): string {
  const { read, typesIn } = declarations(root, folder);
  const index = read("index.ts");
  const shown = new Set<Declared>();
  const anchors = new Map<string, number>();
  const [contents, body]: string[][] = [[], []];

  function anchorOf(heading: string): string {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");
    const times = anchors.get(slug) ?? 0;
    anchors.set(slug, times + 1);
    return times ? `${slug}-${times}` : slug;
  }
  function section(title: string, about: string, members: Iterable<[string, Declared]>, prefix = "") {
    const links: string[] = [];
    const known: string[] = [];
    const texts: string[] = [];
    const head = anchorOf(title);
    for (const [name, declared] of [...members].sort(
      ([, a], [, b]) => Number(isType(a)) - Number(isType(b)),
    )) {
      if (shown.has(declared)) {
        known.push(`\`${name}\``);
        continue;
      }
      shown.add(declared);
      links.push(`[${name}](#${anchorOf(prefix + name)})`);
      texts.push(`### ${prefix}${name}`, `\`\`\`ts\n${declared.text}\n\`\`\``, escaped(declared.doc));
    }
    contents.push(`- [${title}](#${head}): ${links.join(", ")}`);
    body.push(
      `## ${title}`,
      escaped(about),
      known.length ? `Also here, and shown above: ${known.join(", ")}.` : "",
      ...texts,
    );
  }

  const own = [...index.exports].filter((each): each is [string, Declared] => each[1].kind === "declared");
  section(
    "Functions",
    "",
    own.filter(([, each]) => !isType(each)),
  );
  section(
    "Types",
    "",
    own.filter(([, each]) => isType(each)),
  );
  for (const [name, each] of index.exports)
    if (each.kind === "namespace") section(name, each.doc, each.members, `${name}.`);
  const others = new Map<string, Declared>();
  for (const declared of shown)
    for (const type of typesIn(declared)) if (!shown.has(type)) others.set(type.name, type);
  section(
    "Types they speak of",
    "These are not exported by name.",
    [...others].sort(([a], [b]) => (a < b ? -1 : 1)),
  );

  const head = [
    "# API",
    'What `import ... from "ssl-edge"` gives, written by `npm run build:docs` from the sources\' docstrings.',
    index.doc,
  ];
  return `${[...head, contents.join("\n"), ...body].filter(Boolean).join("\n\n")}\n`;
}
