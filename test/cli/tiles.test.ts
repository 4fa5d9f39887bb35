import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepTiles, openTuned, tilesFor } from "../../cli/tiles.ts";
import { describeAdapter } from "../../core-wgsl/index.ts";

const adapter = await describeAdapter().then((found) => {
  if ("reason" in found) throw new Error(found.reason);
  return found;
});
const other = { ...adapter, description: { ...adapter.description, driver: "another" } };
const tiles = { matmul: { WX: 16, WY: 16, BK: 8 } };

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tiles-"));
  said = [];
  vi.stubEnv("XDG_CACHE_HOME", folder);
  vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test("what was found for an adapter is kept for it alone, beside what was found for others", async () => {
  expect(await tilesFor(adapter)).toBeUndefined();
  const file = await keepTiles(adapter, tiles);
  expect(file).toBe(join(folder, "ssl-edge", "tiles.json"));
  expect(await tilesFor(other)).toBeUndefined();
  await keepTiles(other, {});
  expect(await tilesFor(adapter)).toEqual(tiles);
  expect(await tilesFor(other)).toEqual({});
  expect(said).toEqual([]);
});

test("a backend is opened with it, and says so", async () => {
  await keepTiles(adapter, tiles);
  const backend = await openTuned({ backend: "wgsl" });
  expect(backend.description.tiles).toBe("matmul 128x128x8");
  await backend.close();
});

test("a damaged file is not used, which is told, and is written anew", async () => {
  const file = await keepTiles(adapter, tiles);
  const whole = readFileSync(file, "utf8");
  for (const text of ["", "{", "[]", "null", whole.slice(0, -5), "\0"]) {
    writeFileSync(file, text);
    said = [];
    expect(await tilesFor(adapter)).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/^tiles: .*tiles.json is damaged and not used; npx ssl-edge doctor --tune/),
    ]);
  }
  await keepTiles(adapter, tiles);
  expect(await tilesFor(adapter)).toEqual(tiles);
});

test("tiles that no contest could have found are not used, which is told", async () => {
  const file = await keepTiles(adapter, tiles);
  writeFileSync(file, readFileSync(file, "utf8").replace('"BK": 8', '"BK": 9'));
  expect(await tilesFor(adapter)).toBeUndefined();
  expect(said).toEqual([expect.stringContaining("says of this adapter is damaged and not used")]);
});
