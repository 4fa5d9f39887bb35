/** Shards that do not go with a batch, a method or its normalisation groups are refused with settings that do. */
import { expect, test } from "vitest";
import { ConfigError } from "../../../core/train/configError.ts";
import { shardsOf } from "../../../core/train/shards.ts";

const separable = { name: "rotation", sharding: "separable" } as const;
const gathers = { name: "simclr", sharding: "gathers" } as const;

test.each<[shards: number, batchSize: number, group: number | undefined, message: RegExp]>([
  [
    64,
    256,
    undefined,
    /a shard of 4 images must hold whole normalisation groups, which have 256; take --set norm\.group=4, or --set shards=1 --set norm\.group=null$/,
  ],
  [4, 64, 12, /; take --set norm\.group=8, or /],
  [
    8,
    100,
    undefined,
    /^config: shards: 8 do not divide a batch of 100 images; take --set shards=5 --set norm\.group=20$/,
  ],
  [8, 100, 5, /; take --set shards=5$/],
  [3, 32, 16, /; take --set shards=2$/],
  [2, 25, undefined, /; take --set shards=1$/],
  [2, 25, 64, /; take --set shards=1 --set norm\.group=null$/],
  [
    1,
    32,
    12,
    /^config: norm\.group: groups of 12 images do not divide a batch of 32; take --set norm\.group=8$/,
  ],
  [1, 32, 64, /; take --set norm\.group=null$/],
  [1, 25, 3, /; take --set norm\.group=25$/],
])("%i shards of %i images, groups of %s", (shards, batchSize, group, message) => {
  let said: unknown;
  try {
    shardsOf({ shards, batchSize, norm: { group } }, separable);
  } catch (error) {
    said = error;
  }
  expect(said).toBeInstanceOf(ConfigError);
  expect((said as Error).message).toMatch(message);
  const [, words] = (said as Error).message.split("; take ");
  for (const settings of words.split(", or ")) {
    const taken = Object.fromEntries(
      [...settings.matchAll(/--set (\S+)=(\S+)/g)].map(([, key, value]) => [key, JSON.parse(value)]),
    );
    const { shards: fewer = shards, "norm.group": smaller = group } = taken;
    expect(shardsOf({ shards: fewer, batchSize, norm: { group: smaller ?? undefined } }, separable)).toBe(
      fewer,
    );
  }
});

test("a method that compares all images of a batch takes one", () => {
  expect(() => shardsOf({ shards: 2, batchSize: 32, norm: { group: 8 } }, gathers)).toThrow(
    new ConfigError("config: shards: 2: simclr compares all images of a batch; it takes 1: --set shards=1"),
  );
  expect(shardsOf({ shards: 1, batchSize: 32, norm: {} }, gathers)).toBe(1);
  expect(shardsOf({ shards: 4, batchSize: 32, norm: { group: 8 } }, separable)).toBe(4);
});
