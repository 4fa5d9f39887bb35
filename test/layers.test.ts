/** What may import what. The tables are the rule; the rest only reads them. */
import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, matchesGlob, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { type Facts, factsOf, type Import } from "./imports.ts";

/**
 * From the bottom up: a file imports from its own layer and from the rows below, types included. Layers of one row do
 * not know each other. The longest pattern that matches a file decides its layer.
 */
const LADDER: Record<string, string[]>[] = [
  { shape: ["core/shape.ts", "core/oneLine.ts"], coordinator: ["server/coordinator/**"] },
  { tensor: ["core/tensor.ts"] },
  { op: ["core/op.ts", "core/backend.ts", "core/math.ts", "core/random.ts", "core/safetensors.ts"] },
  { ops: ["core/ops/**"] },
  { engine: ["core/*.ts"] }, // autograd, program and their parts; gradients are sums, so this stands on ops
  { nn: ["core/nn/**"] },
  {
    losses: ["core/losses/**"],
    cluster: ["core/cluster/**"],
    optim: ["core/optim/**"],
    data: ["core/data/**"],
  },
  { methods: ["core/methods/**"], eval: ["core/eval/**"] },
  { train: ["core/train/**"] },
  { wgsl: ["core-wgsl/**"], as: ["core-as/**"], server: ["server/**"] },
  { node: ["server/node.ts"], worker: ["server/worker.ts"] },
  { package: ["index.ts", "requireNode.ts"] }, // the library: everything, with a backend chosen
  { cli: ["cli/**"] },
];

/** All that a device knows of core; of the second list, types only. */
const DEVICE_VALUES = ["core/shape.ts", "core/tensor.ts", "core/op.ts"];
const DEVICE_TYPES = ["core/backend.ts", "core/program.ts"];

const CHOOSES_BACKEND = ["index.ts", "cli/**", "server/node.ts", "server/worker.ts"];
const READS_ENV = ["cli/**"];
const USES_NODE_IN_CORE = ["core/data/sources/**", "core/train/**", "core/**/*.node.ts"];
const TYPES_ONLY = ["core/backend.ts"];
const NOT_ON_WORKERS = ["webgpu", "node:*", "core/data/sources/**"];

const SOURCES = "{index.ts,requireNode.ts,{core,core-wgsl,core-as,server,cli}/**/*.ts}";

const matches = (path: string, patterns: string[]): boolean => patterns.some((p) => matchesGlob(path, p));

/** The row and the name of the layer that holds a file. */
function layerOf(path: string): { row: number; name: string } | undefined {
  const layers = LADDER.flatMap((row, i) =>
    Object.entries(row).flatMap(([name, patterns]) => patterns.map((pattern) => ({ row: i, name, pattern }))),
  );
  const [first] = layers
    .filter(({ pattern }) => matchesGlob(path, pattern))
    .sort((a, b) => b.pattern.length - a.pattern.length);
  return first;
}

/** A relative specifier as a path from the root; a package's name and a builtin (as node:name) stay what they are. */
function resolve(from: string, specifier: string): string {
  if (isBuiltin(specifier)) return `node:${specifier.replace(/^node:/, "")}`;
  if (!specifier.startsWith(".")) return specifier;
  const path = posix.join(posix.dirname(from), specifier);
  return from.startsWith("core-as/") && !posix.extname(path) ? `${path}.ts` : path; // AssemblyScript omits the ending
}

/** Which rule, if any, forbids `from` to import `to`. */
function forbids(from: string, to: string, kind: Import["kind"]): string | undefined {
  if (to.startsWith("node:") && from.startsWith("core/") && !matches(from, USES_NODE_IN_CORE))
    return "core runs without Node";
  if (to === "webgpu" && (kind === "static" || !from.startsWith("core-wgsl/")))
    return "webgpu is optional: core-wgsl alone loads it, by a dynamic import";
  if (!to.endsWith(".ts")) return undefined;

  const [above, below] = [layerOf(from), layerOf(to)];
  if (!above || !below) return `no layer holds ${above ? to : from}`;
  if (above.row < below.row) return `${above.name} is below ${below.name}`;
  if (above.row === below.row && above.name !== below.name) return "neighbours do not know each other";
  const [home, target] = [from.split("/")[0], to.split("/")[0]];
  if (home === "core" && target !== "core") return "core is without devices and servers";
  if (home !== target && target.startsWith("core-") && !matches(from, CHOOSES_BACKEND))
    return "this file does not choose a backend";
  const device = home.startsWith("core-") && home !== target;
  if (device && !matches(to, DEVICE_VALUES) && !(kind === "type" && matches(to, DEVICE_TYPES)))
    return "a device knows little of core";
  return undefined;
}

/** What a file loads when it runs, directly or through others, each with the file that asks for it. */
function reached(
  root: string,
  all: Map<string, Facts>,
  seen = new Map<string, string>(),
): Map<string, string> {
  for (const { specifier, kind } of all.get(root)?.imports ?? []) {
    const to = resolve(root, specifier);
    if (kind === "type" || seen.has(to)) continue;
    seen.set(to, root);
    reached(to, all, seen);
  }
  return seen;
}

/** One line for each broken rule in a set of sources, given by path. */
function violations(sources: Record<string, string>): string[] {
  const all = new Map(Object.entries(sources).map(([path, source]) => [path, factsOf(path, source)]));
  const found: string[] = [];
  for (const [path, { imports, readsEnv, hasValues }] of all) {
    if (!layerOf(path)) found.push(`${path}: no layer holds it`);
    if (readsEnv && !matches(path, READS_ENV)) found.push(`${path}: reads process.env`);
    if (hasValues && matches(path, TYPES_ONLY)) found.push(`${path}: holds more than types`);
    for (const { specifier, kind } of imports) {
      const to = resolve(path, specifier);
      const rule = forbids(path, to, kind);
      if (rule) found.push(`${path} imports ${to}: ${rule}`);
    }
  }
  for (const [to, from] of reached("server/worker.ts", all))
    if (matches(to, NOT_ON_WORKERS)) found.push(`server/worker.ts reaches ${to} through ${from}`);
  return found;
}

it("holds in the source as it stands", () => {
  const root = join(import.meta.dirname, "..");
  const paths = globSync(SOURCES, { cwd: root, exclude: (path) => /node_modules|\/build$/.test(path) });
  expect(paths).toContain("server/worker.ts");
  const sources = paths.map((path) => [path, readFileSync(join(root, path), "utf8")]);
  expect(violations(Object.fromEntries(sources))).toEqual([]);
});

describe("a planted violation is found:", () => {
  const planted: [path: string, source: string, rule: string][] = [
    ["core/shape.ts", 'import type { Tensor } from "./tensor.ts";', "shape is below tensor"],
    ["core/ops/add.ts", 'import { linear } from "../nn/linear.ts";', "ops is below nn"],
    ["core/nn/ema.ts", 'export * from "../train/trainer.ts";', "nn is below train"],
    ["core/losses/moco.ts", 'import { kmeans } from "../cluster/kmeans.ts";', "neighbours"],
    ["core/eval/knn.ts", 'type T = import("../methods/simclr.ts").T;', "neighbours"],
    ["core/train/trainer.ts", 'await import("../../core-as/index.ts");', "train is below as"],
    ["core/train/trainer.ts", 'import { step } from "../../server/coordinator/step.ts";', "without devices"],
    ["core/program.ts", 'import { tmpdir } from "os";', "without Node"],
    ["core/data/views.ts", 'import { open } from "node:fs/promises";', "without Node"],
    ["core-wgsl/index.ts", 'import type { Threads } from "../core-as/index.ts";', "neighbours"],
    ["core-wgsl/index.ts", 'import { matmul } from "../core/ops/matmul.ts";', "little of core"],
    ["core-as/index.ts", 'import { trace } from "../core/program.ts";', "little of core"],
    ["core-as/kernels/add.ts", 'import { sum } from "../../core/ops/sum";', "little of core"],
    ["core-wgsl/index.ts", 'import { create } from "webgpu";', "webgpu is optional"],
    ["cli/commands/doctor.ts", 'await import("webgpu");', "webgpu is optional"],
    ["server/app.ts", 'import { openAs } from "../core-as/index.ts";', "neighbours"],
    ["server/routes/runs.ts", 'const w = new URL("../../core-as/thread.ts", import.meta.url);', "neighbours"],
    [
      "server/routes/runs.ts",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
      "new URL(`../../core-as/thread${extname(import.meta.url)}`, import.meta.url);",
      "neighbours",
    ],
    ["server/coordinator/state.ts", 'import type { Config } from "../../core/train/config.ts";', "is below"],
    ["core/nn/linear.ts", "const { HOME } = process.env;", "reads process.env"],
    ["server/node.ts", 'const home = process["env"].HOME;', "reads process.env"],
    ["core/backend.ts", "export const alignment = 256;", "more than types"],
    ["core/backend.ts", 'import { size } from "./shape.ts";', "more than types"],
    ["core/helpers/strings.ts", "", "no layer holds it"],
    ["core/nn/linear.ts", 'import { draw } from "../../test/draw.ts";', "no layer holds test/draw.ts"],
  ];
  it.each(planted)("%s: %s", (path, source, rule) => {
    expect(violations({ [path]: source })).toEqual([expect.stringContaining(rule)]);
  });

  it("server/worker.ts reaches node:fs through others", () => {
    const sources = {
      "server/worker.ts": 'import { createApp } from "./app.ts";',
      "server/app.ts": 'import { load } from "../core/train/checkpoint.ts";',
      "core/train/checkpoint.ts": 'import { open } from "node:fs";',
    };
    expect(violations(sources)).toEqual([
      "server/worker.ts reaches node:fs through core/train/checkpoint.ts",
    ]);
  });
});

it("leaves alone what the rules allow", () => {
  const allowed = {
    "core/ops/sum.ts":
      'import { op } from "../op.ts"; import { expand } from "./expand.ts"; // import "node:fs"',
    "core/autograd.ts": 'import { add } from "./ops/add.ts"; const text = "process.env";',
    "core/backend.ts": 'import type { Call } from "./tensor.ts"; export interface Backend { call: Call }',
    "core/data/sources/tar.ts": 'import { open } from "node:fs/promises";',
    "core-wgsl/index.ts": 'import type { Backend } from "../core/backend.ts"; await import("webgpu");',
    "core-as/kernels/add.ts": 'import { tile } from "../runtime/tile";',
    "core-as/node.ts": 'const thread = new URL("thread.ts", import.meta.url);',
    "server/worker.ts": 'import { openAs } from "../core-as/index.ts"; import type { F } from "node:fs";',
    "cli/index.ts":
      'import { serve } from "../server/node.ts"; process.env.HOME; import("../core-wgsl/index.ts");',
  };
  expect(violations(allowed)).toEqual([]);
});
