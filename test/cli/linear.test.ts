import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Drawing, noise, slopes } from "../core/data/images.ts";
import { sslEdge } from "./command.ts";
import { archive, tinyRun } from "./tinyRun.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-linear-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Noise and slopes: any encoder tells them apart. */
const drawings = (count: number, first: number): Record<string, Drawing> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i): [string, Drawing] =>
      i % 2
        ? [`noise/${i}.png`, noise(8, 8, first + i)]
        : [`slopes/${i}.png`, slopes(8, 8, (first + i) % 30)],
    ),
  );

let [run, train, testSet] = ["", "", ""];
beforeAll(async () => {
  run = await tinyRun(folder);
  train = await archive(folder, "train.tar", drawings(60, 0));
  testSet = await archive(folder, "test.tar", drawings(20, 100));
});

const evaluate = (...args: string[]) =>
  sslEdge(["eval", "linear", run, "--train", train, "--test", testSet, "--backend", "as", ...args]);

test("prints the accuracy of the trained encoder and of the untrained one", async () => {
  const { code, stdout } = await evaluate();
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^linear accuracy {2}\d+\.\d\d % {2}after 2 steps \(solver lbfgs, standardize true, l2 1\)\nuntrained {8}\d+\.\d\d %\n$/,
  );
});

test.each([
  [["--l2", "2"], { solver: "lbfgs", standardize: true, l2: 2 }],
  [["--no-standardize"], { solver: "lbfgs", standardize: false, l2: 1 }],
  [
    ["--solver", "sgd", "--epochs", "20", "--rate", "3"],
    { solver: "sgd", standardize: false, rate: 3, epochs: 20, batchSize: 256 },
  ],
])("with --json %j tells accuracy and settings", async (flags, settings) => {
  const { code, stdout } = await evaluate("--json", "--no-untrained", ...flags);
  expect(code).toBe(0);
  const { accuracy, ...about } = JSON.parse(stdout);
  expect(accuracy).toBeGreaterThan(0.9);
  expect(about).toEqual({ layer: "output", ...settings, step: 2, train: 60, test: 20 });
});

describe("by --layer", () => {
  const NAMES = ["conv1", "layer1", "layer2", "layer3", "layer4", "output"];
  const json = async (layer: string) =>
    JSON.parse((await evaluate("--json", "--l2", "100", "--layer", layer)).stdout);

  test("all layers are measured at once as each alone, trained beside untrained, and the best is named", async () => {
    const { layers, best, ...about } = await json("all");
    expect(about).toEqual({ solver: "lbfgs", standardize: true, l2: 100, step: 2, train: 60, test: 20 });
    expect(Object.keys(layers)).toEqual(NAMES);
    const { accuracy, untrained } = await json("layer2");
    expect(layers.layer2).toEqual({ accuracy, untrained });
    expect(layers.output).toEqual(layers.layer4); // whose mean over pixels it is
    const accuracies = NAMES.map((name): number => layers[name].accuracy);
    expect(layers[best].accuracy).toBe(Math.max(...accuracies));
  });

  test("people get a table", async () => {
    const lines = (await evaluate("--layer", "all")).stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("linear accuracy  after 2 steps (solver lbfgs, standardize true, l2 1)");
    expect(lines[1].trim()).toMatch(/^trained +untrained$/);
    const rows = lines.slice(2, -1).map((line) => /^(\w+) +\d+\.\d\d % +\d+\.\d\d %$/.exec(line)?.[1]);
    expect(rows).toEqual(NAMES);
    expect(lines.at(-1)).toMatch(/^best: \w+, \d+\.\d\d %$/);
  });

  test("a layer that is not there is refused with those that are", async () => {
    expect(await evaluate("--layer", "layer5")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        "ssl-edge: features: there is no layer layer5; there is conv1, layer1, layer2, layer3, layer4, output\n",
      ),
    });
  });
});

test("refuses a flag of the other solver", async () => {
  expect(await evaluate("--rate", "3")).toMatchObject({
    code: 2,
    stderr: "ssl-edge: eval linear: --rate belongs to --solver sgd\n",
  });
  expect(await evaluate("--solver", "sgd", "--l2", "3")).toMatchObject({
    code: 2,
    stderr: "ssl-edge: eval linear: --l2 belongs to --solver lbfgs\n",
  });
});

test.each(["--train", "--test"])(
  "images of %s without labels are refused by its name, before any features are taken",
  async (option) => {
    const plain = await archive(folder, "plain.tar", { "top.png": noise(8, 8, 1) });
    const { code, stderr } = await evaluate(option, plain, "--layer", "nowhere"); // which only features would find
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        `ssl-edge: eval: ${option}: these images have no labels; a label is the folder that an image lies in`,
      ),
    ]);
  },
);
