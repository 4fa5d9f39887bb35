/** The package as a program uses it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  type Backend,
  extractFeatures,
  losses,
  method,
  methods,
  nn,
  openBackend,
  ops,
  pretrain,
  readCheckpoint,
  readRecipe,
  reshape,
  resolveConfig,
  type Tensor,
} from "../index.ts";
import { noise } from "./core/train/runs.ts";
import { drawData, program } from "./readme.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "ssl-edge-library-"));
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ backend: "as", threads: 1 });
});
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true });
});

test("README's program trains, measures and extracts, from a folder that only has the package installed", async () => {
  writeFileSync(join(folder, "program.ts"), program);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/ssl-edge"), "dir");
  await drawData(folder);

  const { stdout } = await promisify(execFile)(process.execPath, ["program.ts"], {
    cwd: folder,
    env: { ...process.env, VK_DRIVER_FILES: "/dev/null" }, // where a driver is at hand, it may play the GPU
  });
  expect(stdout).not.toContain("undefined");
  const lines = stdout.trim().split("\n");
  expect(lines.filter((line) => /^20 \d\.\d+$/.test(line))).toHaveLength(1); // its last step, with its loss
  expect(lines.at(-1)).toMatch(/^kNN accuracy (0\.\d+|1)$/);
});

test("a backend is one of those that there are", async () => {
  const asked = { backend: "cuda" } as unknown as { backend: "wgsl" }; // as JavaScript may
  await expect(openBackend(asked)).rejects.toThrow("backend: there is auto, wgsl and as; got cuda");
});

/** A method as SimCLR is, of what the package gives: rows in blocks pass the encoder in turn, and come out in blocks. */
const mine = method({
  name: "mine",
  config: z.strictObject({
    outputs: methods.setting(z.int().positive().default(8), "Numbers of an embedding.", "ours"),
  }),
  views: 2,
  sharding: "gathers",
  build(makeEncoder, { outputs }) {
    const encoder = makeEncoder();
    return { encoder, head: nn.linear(encoder.dimension, outputs) };
  },
  step({ encoder, head }, [x1, x2], _config, mode) {
    const N = x1.shape[0];
    const inTurn = (x: Tensor, blocks: number) => {
      const rows = x.shape[0] / blocks;
      const columns = x.shape.slice(1).reduce((product, extent) => product * extent);
      return reshape(ops.swapAxes(reshape(x, [blocks, rows, columns]), { at: 0 }), x.shape);
    };
    const h = encoder(inTurn(ops.concat(x1, x2), 2), nn.groupedBy(2, mode));
    const z = ops.l2Normalize(inTurn(head(h, mode), N)); // [2N, outputs]
    return { loss: losses.ntXent(z, { temperature: 0.5 }) };
  },
});

test("a method of one's own is configured, trained, saved and used", async () => {
  const recipe = await readRecipe("simclr-cifar10");
  const own = { method: { name: "mine", outputs: 4 }, "encoder.width": 4, batchSize: 32, epochs: 1 };
  const config = resolveConfig(recipe, own, mine);
  expect(config.method).toEqual({ name: "mine", outputs: 4 });
  const images = noise(64);
  const out = join(folder, "own");
  await pretrain({ config, images, backend, out, method: mine });
  const checkpoint = await readCheckpoint(out);
  expect(checkpoint.tensors.get("head.weight")!.shape).toEqual([4, 32]);
  const { dimension, values } = await extractFeatures(backend, config, images, checkpoint, { method: mine });
  expect([dimension, values.every(Number.isFinite)]).toEqual([32, true]);
});

test("its settings are checked as the package's own are", async () => {
  const recipe = await readRecipe("simclr-cifar10");
  expect(() => resolveConfig(recipe, { method: { name: "mine", output: 4 } }, mine)).toThrow(
    /^config: method\.output: .*outputs/,
  );
  expect(() => resolveConfig(recipe, { method: { name: "mine" } })).toThrow(/method\.name.*simclr/);
});
