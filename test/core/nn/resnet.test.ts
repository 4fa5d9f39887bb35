import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { Memory } from "../../../core/memory.ts";
import { inference, resnet18, resnet34, resnet50, resnet101 } from "../../../core/nn/index.ts";
import { size } from "../../../core/shape.ts";
import { input, leaves, type Tree } from "../../../core/tensor.ts";
import { initialise } from "../../../core/train/state.ts";
import { backends } from "../../backends.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const parameters = (tree: Tree) => [...leaves(tree)].filter(([path]) => !path.endsWith(".running"));

// sum(p.numel() for p in torchvision.models.<name>().parameters()), 0.14.1, less the classifier's features * 1000 + 1000
test.each([
  ["ResNet-34", resnet34, 512, 21_797_672 - 513_000, 33 + 3],
  ["ResNet-50", resnet50, 2048, 25_557_032 - 2_049_000, 49 + 4],
  ["ResNet-101", resnet101, 2048, 44_549_160 - 2_049_000, 100 + 4],
] as const)("%s has torchvision's number of parameters and layers", (_, make, dimension, count, layers) => {
  const encoder = make();
  expect(encoder.dimension).toBe(dimension);
  expect(encoder(input([2, 64, 64, 3]), inference).shape).toEqual([2, dimension]);
  const own = parameters(encoder.state);
  expect(own.reduce((sum, [, x]) => sum + size(x.shape), 0)).toBe(count);
  expect(own.length).toBe(3 * layers); // a convolution, and its normalisation's weight and bias
});

test("ResNet-50 has torchvision's parameters by name, without the classifier", () => {
  const block = (at: string, ...more: string[]) => [
    ...[1, 2, 3].flatMap((i) =>
      [`conv${i}.weight`, `bn${i}.weight`, `bn${i}.bias`].map((name) => `${at}.${name}`),
    ),
    ...more.map((name) => `${at}.downsample.${name}`),
  ];
  const shortcut = ["0.weight", "1.weight", "1.bias"];
  // list(torchvision.models.resnet50().state_dict()), 0.14.1, without fc, running statistics and counters
  const expected = [
    ...["conv1.weight", "bn1.weight", "bn1.bias"],
    ...[3, 4, 6, 3].flatMap((count, i) =>
      Array.from({ length: count }, (_, j) => block(`layer${i + 1}.${j}`, ...(j ? [] : shortcut))).flat(),
    ),
  ];
  expect(parameters(resnet50().state).map(([path]) => path)).toEqual(expected);
});

test.each([
  ["ResNet-18", resnet18, /\.bn2\.weight$/],
  ["ResNet-50", resnet50, /\.bn3\.weight$/],
] as const)("blocks of %s start as the identity where asked for", async (_, make, last) => {
  for (const zeroInitResidual of [true, false]) {
    const memory = new Memory(backend);
    const { state } = make({ width: 4, zeroInitResidual });
    initialise(memory, state, 0);
    const gains = parameters(state).filter(([path]) => last.test(path));
    expect(gains.length).toBe(make === resnet18 ? 8 : 16);
    for (const [, leaf] of gains)
      expect(new Set(await memory.read(leaf))).toEqual(new Set([zeroInitResidual ? 0 : 1]));
    memory.free();
  }
});

test.each([
  ["imagenet", [32, 16, 8, 4, 2]],
  ["cifar", [64, 64, 32, 16, 8]],
] as const)("its layers can be looked at, those of the %s stem", (stem, sides) => {
  const layers = resnet18({ width: 4, stem }).layers(input([2, 64, 64, 3]), inference);
  const channels = [4, 4, 8, 16, 32];
  expect(Object.entries(layers).map(([name, { shape }]) => [name, shape])).toEqual([
    ...["conv1", "layer1", "layer2", "layer3", "layer4"].map((name, i) => [
      name,
      [2, sides[i], sides[i], channels[i]],
    ]),
    ["output", [2, 32]],
  ]);
});
