import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeAtomically } from "../../../core/train/files.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("of several writers of one file at once, one's bytes are there, whole, and nothing else", async () => {
  const path = join(folder, "features.npy");
  const pieces = (writer: number) => Array.from({ length: 20 }, () => new Uint8Array(100_000).fill(writer));
  for (let round = 0; round < 5; round++) {
    await Promise.all([1, 2, 3].map((writer) => writeAtomically("extract", path, pieces(writer))));
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(2_000_000);
    expect(bytes.equals(Buffer.alloc(bytes.length, bytes[0]))).toBe(true);
    expect(readdirSync(folder)).toEqual(["features.npy"]);
  }
});
