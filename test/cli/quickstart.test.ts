/** The first thing that a newcomer runs, on fewer images and for fewer epochs. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type QuickstartResult, quickstart } from "../../cli/quickstart.ts";
import type { Backend } from "../../core/backend.ts";
import { pngHeader } from "../../core/data/png.ts";
import { shapes } from "../../core/data/shapes.ts";
import { knn } from "../../core/eval/knn.ts";
import { type Checkpoint, readCheckpoint } from "../../core/train/checkpoint.ts";
import { type RunConfig, resolveConfig } from "../../core/train/config.ts";
import { labelledFeatures } from "../../core/train/extractFeatures.ts";
import { readRecipe } from "../../core/train/recipe.ts";
import { openBackend } from "../../core-as/node.ts";
import { sslEdge } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-quickstart-"));
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ threads: 1 });
});
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true });
});

describe("on few images", () => {
  const out = join(folder, "runs/small");
  const [train, unseen] = [shapes({ count: 256 }), shapes({ count: 160, first: 256 })];
  const said: string[] = [];
  let result: QuickstartResult;
  let config: RunConfig;
  beforeAll(async () => {
    config = resolveConfig(await readRecipe("quickstart"), { epochs: 2 });
    result = await quickstart({ config, train, test: unseen, backend, out, say: (what) => said.push(what) });
  });

  test("the accuracies are those of the encoder as it began and as it was saved, on the images it never saw", async () => {
    const accuracy = async (from?: Checkpoint) => {
      const [bank, queries] = [
        await labelledFeatures(backend, config, train, from),
        await labelledFeatures(backend, config, unseen, from),
      ];
      return knn(backend, bank, queries, { k: 20, temperature: 0.07 });
    };
    expect(result.untrained).toBe(await accuracy());
    expect(result.trained).toBe(await accuracy(await readCheckpoint(out)));
    expect(result.trained).not.toBe(result.untrained);
    expect(result.untrained).toBeLessThan(0.5);
  });

  test("both pictures are there, of the first images and of all images", () => {
    const { width, height } = pngHeader(readFileSync(result.views));
    expect([width, height]).toEqual([12 + 96 + 16 + 8 * 100 - 4 + 12, 12 + 8 * 100 - 4 + 12]);
    const svg = readFileSync(result.map, "utf8");
    expect(svg.match(/r="3.6"/g)).toHaveLength(2 * 160);
    for (const name of train.classes) expect(svg).toContain(`>${name}</text>`);
    expect(svg).toContain(`Untrained: ${(100 * result.untrained).toFixed(1)} % by kNN`);
  });

  test("the run is one like any other", async () => {
    const { step, metadata } = await readCheckpoint(out);
    expect(step).toBe(2 * Math.floor(256 / JSON.parse(metadata.config).batchSize));
  });

  test("it says what it does", () => {
    expect(said).toEqual([
      "measuring the untrained encoder",
      "measuring the trained encoder",
      "mapping the embeddings",
    ]);
  });
});

describe("the command", () => {
  test("leaves a folder alone that holds anything", async () => {
    const out = join(folder, "held");
    mkdirSync(out);
    writeFileSync(join(out, "thesis.txt"), "");
    const { code, stdout, stderr } = await sslEdge(["quickstart", "--out", out]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `ssl-edge: quickstart: ${out} holds thesis.txt already; remove it, or choose another --out\n`,
    );
  });

  test.each(["-1", "1.5", "x", ""])("refuses %j as a seed", async (seed) => {
    const out = join(folder, "never");
    const { code, stderr } = await sslEdge(["quickstart", "--out", out, "--seed", seed]);
    expect([code, stderr.split("\n")[0]]).toEqual([
      2,
      expect.stringMatching(/^ssl-edge: option '--seed <n>' .* whole number from 0 on/),
    ]);
    expect(existsSync(out)).toBe(false);
  });
});
