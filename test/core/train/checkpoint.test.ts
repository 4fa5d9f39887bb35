import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseSafetensors, writeSafetensors } from "../../../core/safetensors.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../../core/train/checkpoint.ts";

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "checkpoint-"));
});
afterEach(() => rmSync(run, { recursive: true }));

const at = (step: number): Checkpoint => ({
  step,
  tensors: new Map([
    ["encoder.fc.bias", { dtype: "f32", shape: [3], data: Float32Array.of(step, -0, Number.NaN) }],
    ["bank.labels", { dtype: "u32", shape: [2, 1], data: Uint32Array.of(step, 0xffffffff) }],
    ["data.images", { dtype: "u8", shape: [5], data: Uint8Array.of(1, 2, 3, 4, step) }],
  ]),
  metadata: { config: '{"epochs":20}', epoch: "1", seed: "7" },
});

const files = (): string[] => readdirSync(join(run, "checkpoints")).sort();
const latest = (): string => readFileSync(join(run, "checkpoints", "latest"), "utf8");

describe("a checkpoint", () => {
  it("is read back as it was written, by its run and by its path", async () => {
    const path = await writeCheckpoint(run, at(42));
    expect(path).toBe(join(run, "checkpoints", "step-00000042.safetensors"));
    expect(await readCheckpoint(run)).toEqual(at(42));
    expect(await readCheckpoint(path)).toEqual(at(42));
  });

  it("has the same bytes whenever the same state is written", async () => {
    const first = readFileSync(await writeCheckpoint(run, at(1)));
    expect(readFileSync(await writeCheckpoint(run, at(1)))).toEqual(first);
  });

  it("is a plain safetensors file", async () => {
    const { tensors } = parseSafetensors(readFileSync(await writeCheckpoint(run, at(1))));
    expect([...tensors.keys()].sort()).toEqual(["bank.labels", "data.images", "encoder.fc.bias"]);
  });

  it("stays until two newer ones stand, by default", async () => {
    for (const step of [9, 10, 11]) await writeCheckpoint(run, at(step));
    expect(files()).toEqual(["latest", "step-00000010.safetensors", "step-00000011.safetensors"]);
    expect(latest()).toBe("step-00000011.safetensors\n");
  });

  it("of a later step survives a run that was resumed before it", async () => {
    await writeCheckpoint(run, at(30));
    for (const step of [10, 11]) await writeCheckpoint(run, at(step), { keep: 1 });
    expect(files()).toEqual(["latest", "step-00000011.safetensors", "step-00000030.safetensors"]);
    expect((await readCheckpoint(run)).step).toBe(11);
  });

  it("clears away what a killed writer left", async () => {
    await writeCheckpoint(run, at(1));
    writeFileSync(join(run, "checkpoints", "step-00000002.safetensors.tmp"), "half of");
    await writeCheckpoint(run, at(3));
    expect(files()).toEqual(["latest", "step-00000001.safetensors", "step-00000003.safetensors"]);
  });
});

describe("a write that fails leaves the previous checkpoint in force:", () => {
  beforeEach(() => writeCheckpoint(run, at(1)));
  const isIntact = async () => {
    expect(latest()).toBe("step-00000001.safetensors\n");
    expect(await readCheckpoint(run)).toEqual(at(1));
    expect(files().filter((file) => file.endsWith(".tmp"))).toEqual([]);
  };

  it("data that misfit their shape", async () => {
    const misfit = new Map([["x", { dtype: "f32", shape: [3], data: new Float32Array(2) } as const]]);
    await expect(writeCheckpoint(run, { ...at(2), tensors: misfit })).rejects.toThrow(
      "x: F32 [3] takes 12 bytes",
    );
    await isIntact();
  });

  it("a rename onto a folder", async () => {
    mkdirSync(join(run, "checkpoints", "step-00000002.safetensors"));
    await expect(writeCheckpoint(run, at(2))).rejects.toThrow(
      /^checkpoint: .*step-00000002.* could not be written/,
    );
    await isIntact();
  });

  it.skipIf(process.platform === "win32")("a disk that takes only the first part", async () => {
    const module = join(import.meta.dirname, "../../../core/train/checkpoint.ts");
    const script = `import { writeCheckpoint } from ${JSON.stringify(module)};
      const tensors = new Map([["x", { dtype: "u8", shape: [1 << 20], data: new Uint8Array(1 << 20) }]]);
      await writeCheckpoint(${JSON.stringify(run)}, { step: 2, tensors, metadata: {} });`;
    // Files end at 64 blocks of 1 KiB, and the signal is ignored, so that a write fails as on a full disk.
    const shell = `trap '' XFSZ; ulimit -f 64; exec "$0" --input-type=module -e "$1"`;
    const { status, stderr } = spawnSync("bash", ["-c", shell, process.execPath, script], {
      encoding: "utf8",
    });
    expect(stderr).toContain("could not be written: EFBIG");
    expect(status).toBe(1);
    await isIntact();
  });
});

describe("reading refuses, in one line,", () => {
  let path: string;
  beforeEach(async () => {
    path = await writeCheckpoint(run, at(1));
  });
  const refusal = async (of = run): Promise<string> => {
    const { message } = await readCheckpoint(of).then(
      () => new Error("it was read"),
      (error: Error) => error,
    );
    expect(message).toMatch(/^checkpoint: [^\n]*$/);
    return message;
  };
  /** The checkpoint with other metadata. */
  const edited = (edit: (metadata: Record<string, string>) => Record<string, string>) => {
    const { tensors, metadata } = parseSafetensors(readFileSync(path));
    writeFileSync(path, writeSafetensors(tensors, edit(metadata)));
  };

  it("any one flipped byte", async () => {
    const bytes = readFileSync(path);
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] ^= 1 << (i % 8);
      writeFileSync(path, flipped);
      await refusal();
    }
    writeFileSync(path, bytes.with(bytes.length - 1, 9));
    expect(await refusal()).toContain("damaged: its bytes do not match its SHA-256");
  });

  it("a file cut at any length", async () => {
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(path, bytes.subarray(0, length));
      await refusal();
    }
  });

  it("a format that is newer", async () => {
    edited((metadata) => ({ ...metadata, format_version: "2" }));
    expect(await refusal()).toContain("format version 2 is newer than 1; update ssl-edge to read it");
  });

  it("a file that is none of ours", async () => {
    edited(() => ({ format: "pt" }));
    expect(await refusal()).toContain("not a checkpoint of ssl-edge");
  });

  it("edited metadata", async () => {
    edited((metadata) => ({ ...metadata, seed: "8" }));
    expect(await refusal()).toContain("damaged");
  });

  it("a missing file, a run without checkpoints, and a latest that leads nowhere", async () => {
    expect(await refusal(join(run, "nowhere"))).toContain("nowhere does not exist");
    expect(await refusal(join(run, "checkpoints"))).toContain("holds none");
    rmSync(path);
    expect(await refusal()).toContain("ENOENT");
    writeFileSync(join(run, "checkpoints", "latest"), "../../etc/passwd\n");
    expect(await refusal()).toContain('names no checkpoint: "../../etc/passwd"');
  });
});
