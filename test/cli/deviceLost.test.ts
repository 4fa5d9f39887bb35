/** A GPU that is lost in mid-run: Dawn's device is taken away from the command line's process (loseDevice.ts). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readCheckpoint } from "../../core/train/checkpoint.ts";
import { contentsOf, expectRefusal, ownFolder, pngs, pretraining, write } from "./badInput/refusal.ts";
import { sslEdge } from "./command.ts";

const root = ownFolder("lost");
const data = join(root, "images");
const last = "checkpoints/step-00000004.safetensors";
const training = (out: string, ...more: string[]) =>
  pretraining(data, join(root, out), "--backend", "wgsl", "--epochs", "4", ...more);
const losing = (after: string) => ({
  env: { LOSE_AFTER: after },
  before: [process.execPath, "--import", "./test/cli/loseDevice.ts"],
});
const bitsOf = (out: string) => readFileSync(join(root, out, last));

beforeAll(async () => {
  write(data, await pngs(32));
  expect((await sslEdge(training("whole"))).code).toBe(0);
});

const LOST =
  /^wgsl: the device was lost \(destroyed\): .*; going on from the last checkpoint, on a new device$/gm;

describe("a device that is lost", () => {
  // Submissions: a step has two, a tensor that is read one; so the first is in the first step, the last in a checkpoint.
  test.each(["1", "2", "90", "200"])(
    "after %s submissions is followed by another, to the same bits",
    async (after) => {
      const out = `after-${after}`;
      const { code, stderr } = await sslEdge(training(out), losing(after));
      expect(code, stderr).toBe(0);
      expect(stderr.match(LOST)).toHaveLength(1);
      if (Number(after) > 150) expect(stderr).toMatch(/^resuming at step [1-3]$/m);
      expect(bitsOf(out)).toEqual(bitsOf("whole"));
      expect(Object.keys(contentsOf(join(root, out)))).not.toContainEqual(expect.stringMatching(/tmp$|lock/));
      const lines = readFileSync(join(root, out, "metrics.jsonl"), "utf8")
        .trimEnd()
        .split("\n");
      expect(lines.map((line) => JSON.parse(line).step)).toEqual([0, 1, 2, 3]);
    },
  );

  test("as every one after it ends the run in one line; the last checkpoint is in force, and --resume goes on", async () => {
    const outcome = await sslEdge(training("often"), losing("200,5,5,5"));
    expectRefusal(
      outcome,
      /^wgsl: the device was lost \(destroyed\): .*; so were 3 before it; go on later with --resume$/,
    );
    expect(outcome.stderr.match(LOST)).toHaveLength(3);
    expect((await readCheckpoint(join(root, "often"))).step).toBeGreaterThan(0);
    const resumed = await sslEdge(training("often", "--resume"));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(bitsOf("often")).toEqual(bitsOf("whole"));
  });

  test("while features are extracted is told, and leaves no file", async () => {
    const out = join(root, "features.npy");
    const args = ["extract", join(root, "whole"), "--data", data, "--out", out, "--backend", "wgsl"];
    expectRefusal(await sslEdge(args, losing("1")), /^wgsl: the device was lost/);
    expect(Object.keys(contentsOf(root))).not.toContainEqual(expect.stringMatching(/^features/));
  });
});
