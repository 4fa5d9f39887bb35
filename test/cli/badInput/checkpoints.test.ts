/** Checkpoints that are damaged, or not this run's, through the command line. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../../core/safetensors.ts";
import { signed } from "../../core/train/checkpoints.ts";
import { sslEdge } from "../command.ts";
import { ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("checkpoints");
const [data, run, out] = [join(root, "images"), join(root, "run"), join(root, "features.npy")];
const file = join(run, "checkpoints", "step-00000004.safetensors");
let whole: Buffer;
beforeAll(async () => {
  write(data, await pngs(130));
  expect((await sslEdge(pretraining(data, run))).code).toBe(0);
  expect((await sslEdge(pretraining(data, join(root, "wide"), "--set", "encoder.width=4"))).code).toBe(0);
  whole = readFileSync(file);
});

const extract = (message: RegExp | string) =>
  refuse(root, ["extract", run, "--data", data, "--out", out, "--backend", "as"], message);

/** The checkpoint with other metadata, and the digest that they demand. */
function edited(change: Record<string, string>): Uint8Array {
  const { tensors, metadata } = parseSafetensors(whole);
  return signed(writeSafetensors(tensors, { ...metadata, ...change }));
}

describe("a checkpoint is refused in one line, with nothing written, that", () => {
  test.each([0, 7, 100, 5000, -1])("is cut at byte %i", async (length) => {
    writeFileSync(file, whole.subarray(0, length < 0 ? whole.length + length : length));
    await extract(/^checkpoint: .*step-00000004\.safetensors: (safetensors: |damaged: )/);
  });

  test.each([
    ["its length", 0],
    ["its header", 30],
    ["its header's end", 2000],
    ["its tensors", 20_000],
    ["its last byte", -1],
  ])("has one flipped byte in %s", async (_, at) => {
    const bytes = Buffer.from(whole);
    bytes[at < 0 ? bytes.length + at : at] ^= 0x55;
    writeFileSync(file, bytes);
    await extract(/^checkpoint: .*step-00000004\.safetensors: (safetensors: |damaged: |not a checkpoint)/);
  });

  const others: [what: string, change: () => Record<string, string>, message: RegExp][] = [
    [
      "is of a newer format",
      () => ({ format_version: "2" }),
      /^checkpoint: .*: format version 2 is newer than 1; update ssl-edge to read it$/,
    ],
    [
      "is of a format that is no number",
      () => ({ format_version: "new" }),
      /^checkpoint: .*: format version "new" is no number$/,
    ],
    [
      "has a step that is no number",
      () => ({ step: "-3" }),
      /^checkpoint: .*: its step is "-3", which is no number$/,
    ],
    [
      "has a config that is not JSON",
      () => ({ config: "{" }),
      /^checkpoint: the config of step 4 cannot be read: .*JSON.*; use another checkpoint$/,
    ],
    [
      "has a config with a key that is unknown",
      () => ({
        config: parseSafetensors(whole).metadata.config.replace('"epochs"', '"epochz":1,"epochs"'),
        version: "9.0.0",
      }),
      /^checkpoint: the config of step 4 cannot be read: config: epochz: there is no such key.*; it was written by ssl-edge 9\.0\.0, this is /,
    ],
    [
      "is of a method that is none of the package's",
      () => ({ config: parseSafetensors(whole).metadata.config.replace('"simclr"', '"mine"') }),
      /^checkpoint: .*: config: method: mine is no method of the package; .*; it can be measured through the library only: configOf\(/,
    ],
    [
      "has the config of another architecture",
      () => ({ config: parseSafetensors(whole).metadata.config.replace('"width":2', '"width":4') }),
      /^checkpoint: encoder\.\S+ is f32 \[[\d,]+\], but the config makes it f32 \[[\d,]+\]; it is of another architecture; use this run's own checkpoint$/,
    ],
    [
      "has the config of a deeper architecture",
      () => ({ config: parseSafetensors(whole).metadata.config.replace("resnet18", "resnet34") }),
      /^checkpoint: it has no encoder\.\S+; it is of another architecture; use this run's own checkpoint$/,
    ],
  ];
  test.each(others)("%s", async (_, change, message) => {
    writeFileSync(file, edited(change()));
    await extract(message);
  });

  test("was made of another file", async () => {
    writeFileSync(file, writeSafetensors(parseSafetensors(whole).tensors, { format: "pt" }));
    await extract(
      /^checkpoint: .*: not a checkpoint of ssl-edge: its header lacks format_version, sha256 or step$/,
    );
  });
});

describe("resuming is refused in one line, and leaves the run as it was,", () => {
  const resume = (message: RegExp, ...more: string[]) =>
    refuse(root, pretraining(data, run, "--resume", ...more), message);

  test("from another architecture's checkpoint", async () => {
    copyFileSync(join(root, "wide", "checkpoints", "step-00000004.safetensors"), file);
    await resume(/^checkpoint: .* but the config makes it .*; it is of another architecture/);
  });

  test("from a damaged one", async () => {
    writeFileSync(file, whole.subarray(0, -1));
    await resume(/^checkpoint: /);
    writeFileSync(file, whole);
  });

  test("with another setting", () =>
    resume(
      /^pretrain: cannot resume .*: config\.encoder\.width was 2, now 4; give what it was started with, or choose another --out$/,
      "--set",
      "encoder.width=4",
    ));

  test("with settings that it has and this one lacks, and the other way round", () =>
    resume(
      /^pretrain: cannot resume .*momentum was 0\.9, now not set; .*beta1 was not set, now 0\.9; /,
      ...["--set", 'optimizer={"name":"adamw","rate":0.01}'],
    ));

  test("where the run's config is damaged", async () => {
    for (const text of ["", "{", "[]", "{}"]) {
      writeFileSync(join(run, "config.json"), text);
      await resume(/^pretrain: .*config\.json is damaged; choose another --out$/);
    }
  });
});
