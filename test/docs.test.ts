/** The documents hold what the code does: what is generated is current, commands and recipes exist, programs run. */
import { execFile } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as commands from "../cli/commands/index.ts";
import { viewsOf } from "../core/data/views.ts";
import { readCheckpoint } from "../core/train/checkpoint.ts";
import { methodOf, methodsByName, parseSetting, resolveConfig } from "../core/train/config.ts";
import { readRecipe } from "../core/train/recipe.ts";
import { pages } from "../scripts/docs/pages.ts";
import { tinyRun } from "./cli/tinyRun.ts";
import { pngOf, slopes } from "./core/data/images.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const folder = mkdtempSync(join(tmpdir(), "ssl-edge-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PAGES = [
  "README.md",
  "README.zh-CN.md",
  "ARCHITECTURE.md",
  "docs/guide.md",
  "docs/recipes.md",
  "docs/api.md",
  "docs/methods.md",
  ...[...methodsByName.keys()].map((name) => `docs/methods/${name}.md`),
];

/** The fenced blocks of a page, by what stands behind the fence. */
const blocksOf = (page: string) =>
  [...read(page).matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info, text]) => ({ info, text }));

const withoutCode = (page: string) => read(page).replaceAll(/^```.*?^```$/gms, "");

/** As GitHub makes an anchor of a heading; a second one of the same name gets a number. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times ? `${slug}-${times}` : slug;
  });
}

test("what is generated is what `npm run build:docs` writes", () => {
  for (const [path, page] of Object.entries(pages())) expect(read(path), path).toBe(page);
});

test.each(PAGES)("%s: links lead somewhere", (page) => {
  for (const [, link] of withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(link)) continue;
    const [path, anchor] = link.split("#");
    const target = path ? join(dirname(page), path) : page;
    expect(existsSync(join(root, target)), `${link} in ${page}`).toBe(true);
    if (anchor) expect(anchorsOf(target), `${link} in ${page}`).toContain(anchor);
  }
});

test.each(PAGES)("%s: scripts of npm exist", (page) => {
  const { scripts } = JSON.parse(read("package.json"));
  for (const [, name] of read(page).matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([name]);
});

test("README in Chinese has README's code, sections, links and figures", () => {
  const [english, chinese] = ["README.md", "README.zh-CN.md"];
  expect(blocksOf(chinese)).toEqual(blocksOf(english));
  const all = (page: string, pattern: RegExp) =>
    [...withoutCode(page).matchAll(pattern)].map(([match]) => match);
  expect(all(chinese, /^#+ /gm)).toEqual(all(english, /^#+ /gm));
  for (const pattern of [/\]\((?!README)[^)]+\)/g, /`[^`]+`/g, /\b0\.\d+/g])
    expect(all(chinese, pattern).map(oneLine).sort()).toEqual(all(english, pattern).map(oneLine).sort());
});

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ");

const program = Object.values(commands).reduce(
  (all, make) => all.addCommand(make()),
  new Command("ssl-edge"),
);

/** The words of each `npx ssl-edge` in a page's shell blocks. */
const shown = PAGES.filter((page) => !/zh-CN|api|ARCH/.test(page)).flatMap((page) =>
  blocksOf(page)
    .filter(({ info }) => info === "sh")
    .flatMap(({ text }) => text.replaceAll(/\\\n/g, " ").split("\n"))
    .flatMap((line) => /npx ssl-edge ([^#>]*)/.exec(line)?.[1].trim() ?? [])
    .map((words) => [words.replaceAll(/\s+/g, " "), page]),
);

describe("commands that are shown exist, with their options:", () => {
  test.each(shown)("%s (%s)", async (line) => {
    let [command, words] = [program, line.replaceAll("'", "").split(" ")];
    for (;;) {
      const inner = command.commands.find((each) => each.name() === words[0]);
      if (!inner) break;
      [command, words] = [inner, words.slice(1)];
    }
    expect(command, line).not.toBe(program);
    const options = Object.fromEntries(
      command.options.map((option) => {
        const type = option.isBoolean() ? ("boolean" as const) : ("string" as const);
        return [option.long!.slice(2), { type, multiple: option.variadic || option.long === "--set" }];
      }),
    );
    const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true }); // throws for others
    const needed = command.registeredArguments.filter(({ required }) => required).length;
    const most = command.registeredArguments.at(-1)?.variadic ? Infinity : needed;
    expect(positionals.length, line).toBeGreaterThanOrEqual(needed);
    expect(positionals.length, line).toBeLessThanOrEqual(most);
    for (const { long, mandatory } of command.options)
      if (mandatory) expect(values).toHaveProperty(long!.slice(2));

    const [recipe] = positionals;
    if (command.name() !== "pretrain" || recipe.endsWith(".json")) return;
    resolveConfig(
      await readRecipe(recipe),
      Object.fromEntries(((values.set as string[] | undefined) ?? []).map(parseSetting)),
    );
  });
});

describe("recipes that are shown resolve:", () => {
  const recipes = blocksOf("docs/recipes.md").filter(({ info }) => info.startsWith("json"));
  expect(recipes.length).toBeGreaterThan(3);
  test.each(recipes.map(({ info, text }, i) => [i, info, text] as const))(
    "the one at %i",
    async (i, info, text) => {
      const file = join(folder, `${i}.json`);
      writeFileSync(file, text);
      const config = resolveConfig(await readRecipe(file));
      const count = /views=(\d+)/.exec(info)?.[1]; // what a method of one's own takes
      viewsOf(config.views, count ? Number(count) : methodOf(config).method.views); // throws for another number
      const { $schema } = JSON.parse(text);
      if ($schema)
        expect(existsSync(resolve(root, $schema.replace(/^.*ssl-edge\//, ""))), $schema).toBe(true);
    },
  );
});

test("the lines of the guide's troubleshooting are the code's", () => {
  const table = read("docs/guide.md").split("## Troubleshooting")[1];
  const said = [...table.matchAll(/^\| (`.*?`)\s+\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, line]) => line),
  );
  expect(said.length).toBeGreaterThan(20);
  const sources = globSync("{*.ts,{core,core-wgsl}/**/*.ts}", { cwd: root }).map(read).join("\n");
  for (const line of said) expect(sources.includes(line), line).toBe(true);
});

/** Runs the guide's n-th program where there are photos and a run. */
async function runProgram(n: number, change = (text: string) => text): Promise<string> {
  const { text } = blocksOf("docs/guide.md").filter(({ info }) => info === "ts")[n];
  writeFileSync(join(folder, "program.ts"), change(text));
  const { stdout } = await promisify(execFile)(process.execPath, ["program.ts"], { cwd: folder });
  return stdout;
}

beforeAll(async () => {
  const photos = join(folder, "photos/train/a");
  mkdirSync(photos, { recursive: true });
  for (let i = 0; i < 12; i++) writeFileSync(join(photos, `${i}.png`), await pngOf(slopes(8, 8, i)));
  await tinyRun(folder);
  mkdirSync(join(folder, "runs"));
  symlinkSync(join(folder, "run"), join(folder, "runs/photos"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/ssl-edge"));
  symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"));
});

test("the guide's program finds neighbours", async () => {
  const stdout = await runProgram(0);
  expect(stdout).toMatch(/^\[\s*'a\/0.png'/);
  expect(stdout.match(/'a\//g)).toHaveLength(10);
});

test("the guide's method of one's own trains", async () => {
  const small = 'epochs: 1, batchSize: 12, "encoder.width": 2 }';
  await runProgram(1, (text) => text.replace("epochs: 20 }", small));
  const { step, tensors } = await readCheckpoint(join(folder, "runs/mine"));
  expect([step, tensors.get("projector.0.weight")?.shape]).toEqual([1, [16, 16]]);
});
