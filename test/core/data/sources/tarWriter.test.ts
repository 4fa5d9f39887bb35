import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tarFiles } from "../../../../core/data/sources/tarFormat.ts";
import { TAR_END, tarMember } from "../../../../core/data/sources/tarWriter.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-tar-"));
afterAll(() => rmSync(root, { recursive: true }));

const files: [string, Buffer][] = [
  ["train/cat/0000.png", Buffer.from("one")],
  ["empty", Buffer.alloc(0)],
  ["block", Buffer.alloc(512, "b")],
];
const archive = Buffer.concat([...files.map(([name, data]) => tarMember(name, data)), TAR_END]);

test("an archive is read back, by us and by GNU tar", () => {
  const read = (at: number, length: number) => archive.subarray(at, at + length);
  expect(
    [...tarFiles("a.tar", read, archive.length)].map(({ name, offset, size }) => [name, read(offset, size)]),
  ).toEqual(files);
  writeFileSync(join(root, "a.tar"), archive);
  execFileSync("tar", ["-xf", join(root, "a.tar"), "-C", root]);
  for (const [name, data] of files) expect(readFileSync(join(root, name))).toEqual(data);
});

test("a name that the header cannot hold is refused", () => {
  expect(() => tarMember("x".repeat(101), Buffer.alloc(0))).toThrow("tar: a name of at most 100 bytes");
});
