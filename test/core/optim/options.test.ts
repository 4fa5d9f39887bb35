import { describe, expect, test } from "vitest";
import { resnet18 } from "../../../core/nn/index.ts";
import { optionsOf, type Rule } from "../../../core/optim/options.ts";
import { leaves, state } from "../../../core/tensor.ts";

const base = { rate: 0.5, momentum: 0.9, decay: 1e-4 };
const plain = { rateMult: 1, momentum: 0.9, decay: 1e-4, exclude: false };

/** Of a ResNet-18, without its running statistics, which nobody trains. */
const encoder = [...leaves({ encoder: resnet18({ width: 4 }).state })].filter(
  ([path]) => !path.endsWith(".running"),
);

function options(...rules: Rule[]) {
  const all = optionsOf(encoder, rules, base);
  return (path: string) => all[encoder.findIndex(([name]) => name === path)];
}

test("without rules all parameters have the optimizer's own numbers", () => {
  expect(optionsOf(encoder, [], base)).toEqual(encoder.map(() => plain));
});

test("a rule changes what it names, of the parameters in whose names it is found", () => {
  const of = options({ match: "layer1\\.\\d\\.conv1", decay: 0, momentum: 0.5 });
  expect(of("encoder.layer1.0.conv1.weight")).toEqual({ ...plain, decay: 0, momentum: 0.5 });
  expect(of("encoder.layer1.1.conv1.weight")).toEqual({ ...plain, decay: 0, momentum: 0.5 });
  expect(of("encoder.layer2.0.conv1.weight")).toEqual(plain);
});

test("later rules override earlier ones, number by number", () => {
  const of = options(
    { match: "layer", decay: 0, rateMult: 3 },
    { match: "layer2", rateMult: 5 },
    { match: "layer2.0.bn1", decay: 1, exclude: true },
    { match: "layer2.0.bn1", exclude: false },
  );
  expect(of("encoder.layer1.0.bn1.weight")).toEqual({ ...plain, decay: 0, rateMult: 3 });
  expect(of("encoder.layer2.1.bn1.weight")).toEqual({ ...plain, decay: 0, rateMult: 5 });
  expect(of("encoder.layer2.0.bn1.weight")).toEqual({ ...plain, decay: 1, rateMult: 5 });
});

test("rates and decays are given as they are or as multiples, and either overrides the other", () => {
  const of = options(
    { match: "layer[1234]", rate: 0.1, decayMult: 10 },
    { match: "layer2", rateMult: 2, decay: 0.3 },
    { match: "layer3", rateMult: 2 },
    { match: "layer3", rate: 0.25 },
  );
  expect(of("encoder.layer1.0.bn1.weight")).toMatchObject({ rateMult: 0.2, decay: 1e-3 });
  expect(of("encoder.layer2.0.bn1.weight")).toMatchObject({ rateMult: 2, decay: 0.3 });
  expect(of("encoder.layer3.0.bn1.weight")).toMatchObject({ rateMult: 0.5, decay: 1e-3 });
});

describe("rank 1", () => {
  const of = options({ rank: 1, decay: 0, exclude: true });
  const excluded = encoder.filter(([path]) => of(path).exclude).map(([path]) => path);

  test("selects the normalisation of shortcuts, which patterns of names have missed", () => {
    const missed = /(bn|gn)(\d+)?.(weight|bias)|bias/; // OpenSelfSup's
    expect(excluded.filter((path) => !missed.test(path))).toEqual(
      [2, 3, 4].map((stage) => `encoder.layer${stage}.0.downsample.1.weight`),
    );
  });

  test("selects every scale and shift, and no other weight", () => {
    expect(excluded).toEqual(
      encoder.flatMap(([path]) => (/bn\d|downsample\.1|bias/.test(path) ? [path] : [])),
    );
  });

  test("narrows a pattern", () => {
    const both = options({ match: "layer1", rank: 4, decay: 0 });
    expect(both("encoder.layer1.0.conv1.weight").decay).toBe(0);
    expect(both("encoder.layer1.0.bn1.weight")).toEqual(plain);
    expect(both("encoder.layer2.0.conv1.weight")).toEqual(plain);
  });
});

describe("refused is", () => {
  const two = [
    ["a.weight", state([2, 3])],
    ["a.bias", state([2])],
  ] as const;

  test("a rule that selects no parameter, by its place and its pattern", () => {
    const rules = [{ match: "weight" }, { match: "bn\\d", decay: 0 }];
    const message = "optimizer: parameters.1: /bn\\d/ selects no parameter; there is a.weight, a.bias";
    expect(() => optionsOf(two, rules, base)).toThrow(message);
    expect(() => optionsOf(two, [{ rank: 4 }], base)).toThrow("parameters.0: rank 4 selects no parameter");
    expect(() => optionsOf(two, [{ rank: 1, match: "weight" }], base)).toThrow("/weight/ and rank 1 selects");
  });

  test("a rate where there is none to be a multiple of", () => {
    expect(() => optionsOf(two, [{ rank: 1, rate: 0.1 }], { ...base, rate: 0 })).toThrow(
      /rate of 0\.1 needs/,
    );
  });
});
