/** Recipes, numbers and places that are wrong, through the command line. */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sslEdge } from "../command.ts";
import { tinyRun } from "../tinyRun.ts";
import { contentsOf, expectRefusal, ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("settings");
const [data, out] = [join(root, "images"), join(root, "nothing")];
beforeAll(async () => {
  write(data, await pngs(32));
});

describe("a recipe is refused in one line, with nothing written, that", () => {
  const recipes: [what: string, files: Record<string, string>, message: RegExp][] = [
    [
      "has a key with a typo",
      { "mine.json": '{"extends":"simclr-cifar10","epochz":3}' },
      /^config: epochz: there is no such key; did you mean epochs\? allowed: method, encoder, /,
    ],
    [
      "has a value of another kind",
      { "mine.json": '{"extends":"simclr-cifar10","epochs":"many"}' },
      /^config: epochs: got "many"; allowed: a whole number from 1 to 1000000$/,
    ],
    [
      "is not JSON",
      { "mine.json": '{\n"extends":"simclr-cifar10",\n epochs:3}' },
      /^recipe: .*mine\.json is not JSON: .*line 3/,
    ],
    ["is not JSON, in many lines", { "mine.json": "\n\n  x\n" }, /^recipe: .*mine\.json is not JSON: /],
    ["is no object", { "mine.json": "[1]" }, /^recipe: .*mine\.json is not a JSON object$/],
    [
      "extends itself by another",
      { "mine.json": '{"extends":"other.json"}', "other.json": '{"extends":"mine.json"}' },
      /^recipe: extends goes in a circle: .*mine\.json -> .*other\.json -> .*mine\.json$/,
    ],
    [
      "extends itself",
      { "mine.json": '{"extends":"mine.json"}' },
      /^recipe: extends goes in a circle: .*mine\.json -> .*mine\.json$/,
    ],
    [
      "extends what there is not",
      { "mine.json": '{"extends":"simclr-cifar11"}' },
      /^recipe: there is no simclr-cifar11 for .*mine\.json to extend; did you mean simclr-cifar10\?/,
    ],
  ];
  test.each(recipes)("%s", async (_, files, message) => {
    write(root, files);
    await refuse(root, ["pretrain", join(root, "mine.json"), "--data", data, "--out", out], message);
  });
});

describe("a number is refused in one line, with nothing written:", () => {
  const numbers: [what: string, options: string[], message: RegExp][] = [
    [
      "a seed that is none",
      ["--seed", "abc"],
      /^config: seed: got "abc"; allowed: a whole number from 0 on$/,
    ],
    ["an empty seed", ["--seed", ""], /^config: seed: got ""; allowed: a whole number from 0 on$/],
    ["a seed below 0", ["--seed=-1"], /^config: seed: got "-1"; allowed: a whole number from 0 on$/],
    [
      "a seed that no number holds exactly",
      ["--seed", "9007199254740993"],
      /^config: seed: got 9007199254740992; allowed: /,
    ],
    [
      "epochs beyond all sense",
      ["--epochs", "1e9"],
      /^config: epochs: got 1000000000; allowed: a whole number from 1 to 1000000$/,
    ],
    [
      "a negative rate",
      ["--set", "optimizer.rate=-1"],
      /^config: optimizer\.rate: got -1; allowed: a number from 0 on$/,
    ],
    ["a setting without a value", ["--set", "epochs"], /^config: --set takes key\.path=value; got epochs$/],
    [
      "more threads than any machine has",
      ["--threads", "100000"],
      /^as: threads are a whole number from 1 to 1024; got 100000; this machine has \d+ cores$/,
    ],
  ];
  test.each(numbers)("%s", (_, options, message) =>
    refuse(root, pretraining(data, out, ...options), message),
  );

  test.each([
    ["--epochs", "0"],
    ["--epochs", "1e400"],
    ["--threads", "0"],
    ["--batch-size", "2.5"],
    ["--backend", "cuda"],
  ])("%s %s, as wrong use, with status 2", async (option, value) => {
    const before = contentsOf(root);
    const { code, stdout, stderr } = await sslEdge(pretraining(data, out, option, value));
    expect(stderr).toContain(`option '${option} <`);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout]).toEqual([2, ""]);
    expect(contentsOf(root)).toEqual(before);
  });
});

describe("what needs no images is told before they are read:", () => {
  const asked = (out: string, ...more: string[]) => [
    ...["pretrain", "simclr-cifar10", "--data", join(root, "no.tar"), "--out", out, ...more],
  ];

  test.each<[what: string, options: string[], message: RegExp]>([
    [
      "shards of a method that has one",
      ["--set", "shards=2"],
      /^config: shards: 2: simclr compares all images of a batch; it takes 1: --set shards=1$/,
    ],
    [
      "groups that do not divide the batch",
      ["--set", "norm.group=100"],
      /^config: norm\.group: groups of 100 images do not divide a batch of \d+; take --set norm\.group=\d+$/,
    ],
  ])("%s", (_, options, message) => refuse(root, asked(out, ...options), message));

  test("that the folder holds a run, and one of another config", async () => {
    const run = await tinyRun(join(root, "held"));
    await refuse(root, asked(run), /^pretrain: .*run holds a run already; add --resume/);
    await refuse(
      root,
      asked(run, "--resume"),
      /^pretrain: cannot resume .*config\.encoder\.width was 4, now 64; /,
    );
  });

  test("that another process runs there", async () => {
    const lock = { pid: 1, host: "gpu-7", since: "2026-01-01T00:00:00.000Z" };
    const run = write(join(root, "busy"), { "lock-0123456789abcdef": JSON.stringify(lock) });
    await refuse(root, asked(run), /^pretrain: .*busy is in use by process 1 on gpu-7 /);
  });
});

test("--backend wgsl is refused where there is no driver, by what to do", () =>
  refuse(
    root,
    pretraining(data, out, "--backend", "wgsl"),
    /^wgsl: Dawn found no adapter; use --backend as, or install a Vulkan driver/,
    { env: { VK_DRIVER_FILES: "/dev/null", VK_ICD_FILENAMES: "/dev/null" } },
  ));

describe("what has no checkpoint is refused", () => {
  test("by extract, which makes no folder for its file", () =>
    refuse(
      root,
      ["extract", join(root, "nowhere"), "--data", data, "--out", join(root, "new", "deep", "features.npy")],
      /^checkpoint: .*nowhere does not exist/,
    ));

  test("by eval", () =>
    refuse(
      root,
      ["eval", "knn", join(root, "nowhere"), "--train", data, "--test", data],
      /^checkpoint: .*nowhere does not exist/,
    ));
});

test("more neighbours than training images are refused by eval knn before it looks at the test set", async () => {
  const run = await tinyRun(root);
  const asked = ["eval", "knn", run, "--train", data, "--test", data, "--backend", "as", "--k", "33"];
  const outcome = await sslEdge(asked);
  expectRefusal(outcome, "knn: k = 33 exceeds the training set, which has 32 images; take --k 32 or less");
  expect(outcome.stderr).toContain("loading train");
  expect(outcome.stderr).not.toContain("loading test");
});

const small = "views: views.0.steps.0.randomCrop takes a view of 60 pixels or more; got 32 x 32";
const remedy = "raise views.0.size, or lower views.0.steps.0.randomCrop.size";

describe("a view that is too small for a step is told by its key, with what to change,", () => {
  const recipe = ["relative-location-cifar10", "--data", data, "--backend", "as"];
  const set = ["--set", "views.0.size=32"];

  test("by pretrain", () =>
    refuse(root, ["pretrain", ...recipe, ...set, "--batch-size", "8", "--out", out], `${small}; ${remedy}`));

  test("by views", () =>
    refuse(root, ["views", ...recipe, ...set, "--out", join(root, "views.png")], `${small}; ${remedy}`));
});

test("a file of text is no checkpoint to extract by", () =>
  refuse(
    root,
    ["extract", join(write(join(root, "text"), { "config.json": '{ "config": {} }' }), "config.json")].concat(
      ["--data", data, "--out", join(root, "features.npy")],
    ),
    /^checkpoint: .*config\.json: safetensors: a header of \d+ bytes exceeds \d+; this is hardly a safetensors file$/,
  ));

test("a folder is no file to extract to", () =>
  refuse(
    root,
    ["extract", join(root, "nowhere"), "--data", data, "--out", `${write(join(root, "a.npy"), { x: "" })}`],
    /^extract: .*a\.npy is a folder; name a file in it$/,
  ));
