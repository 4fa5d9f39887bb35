import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseSafetensors } from "../../core/safetensors.ts";
import { readCheckpoint } from "../../core/train/checkpoint.ts";
import { configOf } from "../../core/train/config.ts";
import { extractFeatures } from "../../core/train/extractFeatures.ts";
import { openBackend } from "../../core-as/node.ts";
import { loadSet, noise } from "../core/data/images.ts";
import { sslEdge } from "./command.ts";
import { archive, tinyRun } from "./tinyRun.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-extract-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = ["cat/a.png", "cat/b.png", "dog/a.png"];
let run: string;
let labelled: string;
let unlabelled: string;
let expected: Awaited<ReturnType<typeof extractFeatures>>;
beforeAll(async () => {
  run = await tinyRun(folder);
  const draw = (i: number) => noise(8, 8, i);
  labelled = await archive(folder, "labelled.tar", {
    [names[2]]: draw(2),
    [names[0]]: draw(0),
    [names[1]]: draw(1),
  });
  unlabelled = await archive(folder, "unlabelled.tar", { "top.png": draw(3) });
  const checkpoint = await readCheckpoint(run);
  const backend = await openBackend({ threads: 1 });
  const config = configOf(checkpoint);
  expected = await extractFeatures(backend, config, await loadSet([labelled]), checkpoint);
  await backend.close();
});

const extract = (...args: string[]) =>
  sslEdge(["extract", run, "--backend", "as", "--threads", "1", ...args]);

test("a .safetensors file holds features and labels, and their names in its metadata", async () => {
  const out = join(folder, "new", "features.safetensors"); // the folder does not exist yet
  expect(await extract("--data", labelled, unlabelled, "--out", out)).toMatchObject({ code: 0, stdout: "" });
  const mixed = parseSafetensors(readFileSync(out));
  expect([...mixed.tensors.keys()]).toEqual(["features"]);
  expect(JSON.parse(mixed.metadata.names)).toEqual([...names, "top.png"]);

  expect((await extract("--data", labelled, "--out", out)).code).toBe(0);
  const { tensors, metadata } = parseSafetensors(readFileSync(out));
  const { dimension, values } = expected;
  expect(tensors.get("features")).toMatchObject({ dtype: "F32", shape: [3, dimension] });
  expect(new Float32Array(Uint8Array.from(tensors.get("features")!.data).buffer)).toEqual(values);
  expect(tensors.get("labels")).toMatchObject({ dtype: "I64", shape: [3] });
  expect(new BigInt64Array(Uint8Array.from(tensors.get("labels")!.data).buffer)).toEqual(
    BigInt64Array.of(0n, 0n, 1n),
  );
  expect(JSON.parse(metadata.names)).toEqual(names);
  expect(JSON.parse(metadata.classes)).toEqual(["cat", "dog"]);
  expect(metadata.step).toBe("2");
  expect(readdirSync(join(folder, "new"))).toEqual(["features.safetensors"]); // nothing temporary is left
});

test("an .npy file holds features, and a list beside it their names", async () => {
  const out = join(folder, "features.npy");
  const { code, stdout } = await extract("--data", labelled, "--out", out, "--json");
  expect(code).toBe(0);
  const files = [join(folder, "features.names.txt"), out];
  const { dimension } = expected;
  expect(JSON.parse(stdout)).toEqual({ files, count: 3, dimension, layer: "output", step: 2, skipped: 0 });
  const bytes = readFileSync(out);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
  const length = bytes.readUInt16LE(8);
  expect((10 + length) % 64).toBe(0);
  const header = bytes.toString("latin1", 10, 10 + length);
  expect(header.trimEnd()).toBe(
    `{'descr': '<f4', 'fortran_order': False, 'shape': (3, ${expected.dimension}), }`,
  );
  expect(header.endsWith("\n")).toBe(true);
  expect(new Float32Array(Uint8Array.from(bytes.subarray(10 + length)).buffer)).toEqual(expected.values);
  expect(readFileSync(join(folder, "features.names.txt"), "utf8")).toBe(`${names.join("\n")}\n`);
});

test("--layer gives the means over pixels of an inner layer, and the file says of which", async () => {
  const out = join(folder, "inner.safetensors");
  expect((await extract("--data", labelled, "--out", out, "--layer", "layer1")).code).toBe(0);
  const { tensors, metadata } = parseSafetensors(readFileSync(out));
  expect(tensors.get("features")!.shape).toEqual([3, 4]); // the encoder's width
  expect(metadata.layer).toBe("layer1");
});

test("images of varying size are refused where the run has no size for them, without an option that extract has not", async () => {
  const mixed = await archive(folder, "mixed.tar", { "a.png": noise(8, 8), "b.png": noise(9, 7) });
  const out = join(folder, "mixed.npy");
  const { code, stderr } = await extract("--data", mixed, "--out", out);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "ssl-edge: views: this encoder was trained at its images' own size, and takes images of one size; give such, or train with",
  );
});

test("another ending is refused before anything is computed", async () => {
  const { code, stderr } = await sslEdge([
    "extract",
    "nowhere",
    "--data",
    "nowhere",
    "--out",
    "features.csv",
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/extract: the file must end in \.safetensors or \.npy; got features\.csv$/m);
});
