/** Every size of tiles computes the same, and a contest between them ends. */
import { describe, expect, test } from "vitest";
import { conv2d, conv2dInputGrad, conv2dWeightGrad, matmul } from "../../core/ops/index.ts";
import { describeAdapter, openBackend } from "../../core-wgsl/index.ts";
import { areTiles, TILED, tilesKey, tune, VARIANTS, variantsFor } from "../../core-wgsl/tiles.ts";
import { type AnyOp, contract } from "../contract.ts";

const products = [matmul, conv2d, conv2dInputGrad, conv2dWeightGrad] as unknown as AnyOp[];

for (const variant of VARIANTS.slice(1)) // the first is what all other tests run
  contract(
    `tiles ${JSON.stringify(variant)}`,
    () => openBackend({ tiles: Object.fromEntries(TILED.map((op) => [op, variant])) }),
    { of: products, slopes: false },
  );

const adapter = async () => {
  const found = await describeAdapter();
  if ("reason" in found) throw new Error(found.reason);
  return found;
};

describe("a contest", () => {
  test("offers what WebGPU's default limits allow, and the rest where a device has more", () => {
    const limits = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16384 };
    expect(variantsFor({ limits })).toEqual(VARIANTS.slice(0, 3));
    expect(variantsFor({ limits: { ...limits, maxComputeWorkgroupStorageSize: 32768 } })).toEqual(VARIANTS);
    expect(variantsFor({ limits: { ...limits, maxComputeInvocationsPerWorkgroup: 64 } })).toHaveLength(1);
  });

  test("that has no time left changes nothing", async () => {
    expect(await tune({ seconds: 0 })).toEqual({ tiles: {}, times: { matmul: [] } });
  });

  test("finds the fastest where there is time", async () => {
    const { tiles, times } = await tune({ dawn: ["backend=null"] });
    expect(Object.keys(tiles)).toEqual(TILED);
    expect(areTiles(tiles, await adapter())).toBe(true);
    for (const op of TILED) {
      const { milliseconds: _, ...best } = times[op].toSorted((a, b) => a.milliseconds - b.milliseconds)[0];
      expect(tiles[op]).toEqual(best);
    }
  });
});

test("only what a contest could have found is taken for it", async () => {
  const found = await adapter();
  expect(areTiles({ matmul: { WX: 8, WY: 8, BK: 16 } }, found)).toBe(true);
  for (const wrong of [
    null,
    3,
    { matmul: { WX: 7, WY: 8, BK: 16 } },
    { relu: VARIANTS[0] },
    { matmul: null },
  ])
    expect(areTiles(wrong, found)).toBe(false);
});

test("what it is known by changes with the driver", async () => {
  const found = await adapter();
  const other = { ...found, description: { ...found.description, driver: "another" } };
  expect(tilesKey(found)).toMatch(/^[0-9a-f]{32}$/);
  expect(tilesKey(other)).not.toBe(tilesKey(found));
});
