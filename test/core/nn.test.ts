import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import {
  conv,
  inference,
  linear,
  mlp,
  resnet18,
  sequence,
  stemFor,
  trainingMode,
} from "../../core/nn/index.ts";
import { input, leaves, type Tree } from "../../core/tensor.ts";
import { initialise } from "../../core/train/state.ts";
import { backends } from "../backends.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

/** All of a tree's first values by path. */
async function drawn(tree: Tree, seed: number): Promise<Map<string, Float32Array>> {
  const memory = new Memory(backend);
  initialise(memory, tree, seed);
  const values = new Map<string, Float32Array>();
  for (const [path, leaf] of leaves(tree)) values.set(path, (await memory.read(leaf)) as Float32Array);
  memory.free();
  return values;
}

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
};

describe("ResNet-18", () => {
  const parameters = (tree: Tree) => [...leaves(tree)].filter(([path]) => !path.endsWith(".running"));

  test("has torchvision's parameters by name, without the classifier", () => {
    const block = (at: string, ...more: string[]) =>
      ["conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "bn2.bias", ...more].map(
        (name) => `${at}.${name}`,
      );
    const shortcut = ["downsample.0.weight", "downsample.1.weight", "downsample.1.bias"];
    // list(torchvision.models.resnet18().state_dict()), 0.14.1, without fc, running statistics and counters
    const expected = [
      ...["conv1.weight", "bn1.weight", "bn1.bias"],
      ...[...block("layer1.0"), ...block("layer1.1")],
      ...[2, 3, 4].flatMap((i) => [...block(`layer${i}.0`, ...shortcut), ...block(`layer${i}.1`)]),
    ];
    expect(expected.length).toBe(60);
    expect(parameters(resnet18().state).map(([path]) => path)).toEqual(expected);
  });

  test("has torchvision's number of parameters at width 64: 11,689,512 without the classifier's 513,000", () => {
    const count = parameters(resnet18().state).reduce(
      (sum, [, x]) => sum + x.shape.reduce((a, b) => a * b),
      0,
    );
    expect(count).toBe(11_689_512 - 513_000);
  });

  test.each([
    ["imagenet", 224, [7, 7]],
    ["cifar", 32, [3, 3]],
  ] as const)("with the %s stem maps images of %i pixels to 512 features", (stem, side, kernel) => {
    const encoder = resnet18({ stem });
    expect(encoder.dimension).toBe(512);
    expect(encoder(input([2, side, side, 3]), inference).shape).toEqual([2, 512]);
    expect(parameters(encoder.state)[0][1].shape).toEqual([64, ...kernel, 3]);
  });

  test("takes the stem that suits the images: CIFAR's below 96 pixels", () => {
    expect([stemFor(32, 32), stemFor(95, 300), stemFor(96, 96), stemFor(224, 224)]).toEqual([
      ...["cifar", "cifar"],
      ...["imagenet", "imagenet"],
    ]);
  });

  test("starts as torchvision's: convolutions normal by their outputs, normalisation as the identity", async () => {
    for (const [path, values] of await drawn(resnet18({ width: 32, stem: "cifar" }).state, 3)) {
      if (path.endsWith(".running"))
        expect(values).toEqual(values.map((_, i) => Number(i >= values.length / 2))); // means, then variances
      else if (/(bn\d|downsample\.1)\.weight$/.test(path)) expect(new Set(values)).toEqual(new Set([1]));
      else if (path.endsWith(".bias")) expect(new Set(values)).toEqual(new Set([0]));
    }
  });
});

test.each([
  [64, 128, 3],
  [128, 256, 1],
  [3, 256, 7],
])("a convolution of %i to %i channels starts with variance 2 / (O K^2), kernel %i", async (I, O, K) => {
  const [[, values]] = await drawn(conv(I, O, K).state, 1);
  const { mean, deviation } = moments(values);
  const expected = Math.sqrt(2 / (O * K * K));
  // Of 30,000 draws and more the deviation is known to 0.4 %, the mean to 0.6 % of it.
  expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.05);
  expect(Math.abs(mean / expected)).toBeLessThan(0.05);
});

test("a linear layer starts uniform within 1 / sqrt(inputs), as PyTorch's", async () => {
  const values = await drawn(linear(100, 400).state, 1);
  expect([...values.keys()]).toEqual(["weight", "bias"]);
  for (const each of values.values()) {
    expect(Math.max(...each.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
    expect(Math.abs(moments(each).deviation / (0.1 / Math.sqrt(3)) - 1)).toBeLessThan(0.05);
  }
});

test("the projection head is named by position, and has no idle biases", () => {
  expect([...leaves(mlp(8, 16, 4).state)].map(([path, { shape }]) => `${path} ${shape}`)).toEqual([
    ...["0.weight 16,8", "1.weight 16", "1.bias 16", "1.running 2,16"],
    ...["3.weight 4,16", "4.weight 4", "4.bias 4", "4.running 2,4"],
  ]);
});

describe("first values", () => {
  const a = { first: conv(3, 8, 3).state, second: linear(8, 8).state };
  const b = { extra: linear(2, 2).state, second: linear(8, 8).state, first: conv(3, 8, 3).state };

  test("depend on the seed and a tensor's path alone, not on what else there is or in which order", async () => {
    const [one, other] = [await drawn(a, 5), await drawn(b, 5)];
    for (const [path, values] of one) expect(other.get(path)).toEqual(values);
  });

  test("are others for another seed or path", async () => {
    const twins = sequence(conv(3, 8, 3), conv(3, 8, 3)).state;
    const [five, six] = [await drawn(twins, 5), await drawn(twins, 6)];
    const all = [...five.values(), ...six.values()].map((values) => values.join());
    expect(new Set(all).size).toBe(4);
  });
});

test("groups that do not divide the batch are refused", () => {
  const encoder = resnet18({ width: 4, stem: "cifar" });
  expect(() => encoder(input([6, 8, 8, 3]), trainingMode(4))).toThrow(
    "batchNorm: groups of 4 samples do not divide the batch; got [6, 8, 8, 4]",
  );
});
