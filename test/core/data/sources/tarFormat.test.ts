import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tarFiles } from "../../../../core/data/sources/tarFormat.ts";
import { END, paxRecord, tarHeader, tarOf, withChecksum } from "../archives.ts";

const data = (text: string) => Buffer.from(text);
const list = (archive: Uint8Array) => [
  ...tarFiles("a.tar", (offset, length) => archive.subarray(offset, offset + length), archive.length),
];
const contents = (archive: Buffer) =>
  list(archive).map(({ name, offset, size }) => [name, archive.toString("utf8", offset, offset + size)]);

describe("what is read", () => {
  test("files with their places, in the archive's order, without its folders", () => {
    const archive = tarOf(
      { name: "b/", type: "5" },
      { name: "b/2.txt", data: data("two") },
      { name: "b/empty" },
      { name: "a.txt", data: Buffer.alloc(512, "x") },
      { name: "./c//1.txt", data: data("one") },
    );
    expect(contents(archive)).toEqual([
      ["b/2.txt", "two"],
      ["b/empty", ""],
      ["a.txt", "x".repeat(512)],
      ["c/1.txt", "one"],
    ]);
  });

  test("a name that ustar splits into prefix and rest", () => {
    expect(contents(tarOf({ prefix: "p".repeat(150), name: "f.txt", data: data("1") }))).toEqual([
      [`${"p".repeat(150)}/f.txt`, "1"],
    ]);
  });

  test("long names of pax and GNU, in any letters, for the next file only", () => {
    const long = `${"d/".repeat(100)}größe.jpg`;
    const pax = tarOf(
      { name: "PaxHeaders/x", type: "x", data: paxRecord("path", long) },
      { name: "short", data: data("1") },
      { name: "next" },
    );
    const gnu = tarOf(
      { name: "././@LongLink", type: "L", data: data(`${long}\0`) },
      { name: "short", data: data("1") },
      { name: "next" },
    );
    for (const archive of [pax, gnu])
      expect(contents(archive)).toEqual([
        [long, "1"],
        ["next", ""],
      ]);
  });

  test("a size in a pax header or in GNU's binary form", () => {
    const pax = tarOf(
      { name: "x", type: "x", data: paxRecord("size", "3") },
      { name: "f", data: data("abc"), size: 0 },
    );
    expect(contents(pax)).toEqual([["f", "abc"]]);
    const header = tarHeader({ name: "f" });
    header.set([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], 124);
    expect(contents(Buffer.concat([withChecksum(header), data("abc".padEnd(512, "\0")), END]))).toEqual([
      ["f", "abc"],
    ]);
  });

  test("comments of a global header are passed over", () => {
    expect(
      contents(tarOf({ name: "g", type: "g", data: paxRecord("comment", "1f0") }, { name: "f" })),
    ).toEqual([["f", ""]]);
  });
});

describe("what is refused", () => {
  test.each([
    [
      "a link",
      { name: "l", type: "2" },
      "tar: a.tar: at byte 0: l is a symbolic link; only files may be in it",
    ],
    ["a hard link", { name: "l", type: "1" }, "l is a hard link"],
    ["a device", { name: "d", type: "3" }, "d is a character device"],
    ["a pipe", { name: "p", type: "6" }, "p is a pipe"],
    ["a sparse file", { name: "s", type: "S" }, "s is a sparse file"],
    ["an unknown type", { name: "s", type: "Z" }, 's is of type "Z"'],
    ["an absolute name", { name: "/etc/passwd" }, "/etc/passwd is an absolute name"],
    ["a drive", { name: "C:\\x" }, "C:\\x is an absolute name"],
    ["..", { name: "a/../../b" }, 'a/../../b leads out of the archive by ".."'],
    ["a folder ..", { name: "../", type: "5" }, '../ leads out of the archive by ".."'],
    [
      "a newline in a name that is complained of",
      { name: "../a\nb" },
      '../a?b leads out of the archive by ".."',
    ],
    [
      "a huge extended header",
      { name: "x", type: "x", data: Buffer.alloc(70_000) },
      "a header of 70000 bytes; at most 65536 are read",
    ],
    ["a damaged pax header", { name: "x", type: "x", data: data("99 path=a\n") }, "a damaged pax header"],
    [
      "a pax header with a rest that is no record",
      { name: "x", type: "x", data: data("10 path=a\nrest") },
      "at byte 10: a damaged pax header",
    ],
    [
      "a size that is no number",
      { name: "x", type: "x", data: paxRecord("size", "-1") },
      "a size that is no number",
    ],
  ])("%s", (_, entry, message) => {
    expect(() => list(tarOf(entry))).toThrow(message);
  });

  test("a name twice, however it is written", () => {
    const twice = tarOf({ name: "a/b" }, { name: "./a//b" });
    expect(() => list(twice)).toThrow("tar: a.tar: at byte 512: a/b is in it twice");
  });

  test("an archive cut short anywhere", () => {
    const archive = tarOf({ name: "a", data: Buffer.alloc(700) }, { name: "b", data: Buffer.alloc(10) });
    for (const length of [1, 511])
      expect(() => list(archive.subarray(0, length))).toThrow("too short for a tar");
    for (const length of [512, 900, 1100])
      expect(() => list(archive.subarray(0, length))).toThrow("a ends beyond the archive");
    for (const length of [1536, 1600, 2560])
      expect(() => list(archive.subarray(0, length))).toThrow("truncated: it has no end");
  });

  test("an empty file, a compressed one, something else", () => {
    expect(() => list(Buffer.alloc(0))).toThrow("tar: a.tar: at byte 0: too short for a tar");
    expect(() => list(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 7)]))).toThrow(
      "it is compressed; gunzip it first",
    );
    expect(() => list(Buffer.alloc(600, "hello "))).toThrow(
      "not a tar header, or a damaged one: its checksum is",
    );
  });

  test("a flipped bit in any byte of a header that counts", () => {
    const archive = tarOf({ name: "name.jpg", data: data("1") });
    for (const at of [0, 5, 124, 130, 156, 257, 345, 511]) {
      const flipped = Buffer.from(archive);
      flipped[at] ^= 4;
      expect(() => list(flipped)).toThrow("checksum");
    }
  });
});

test("random damage ends in files that lie within the archive, or in an error that names it", () => {
  const archive = tarOf(
    { name: "x", type: "x", data: paxRecord("path", "long/name.jpg") },
    { name: "short", data: Buffer.alloc(600, "d") },
    { name: "././@LongLink", type: "L", data: data("other/name.jpg\0") },
    { name: "b", data: data("1") },
  );
  const headers = [0, 1024, 2560, 3584].filter((at) =>
    archive.subarray(at, at + 512).some((byte) => byte !== 0),
  );
  const edit = fc.record({ at: fc.nat(archive.length - 1), value: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      fc.nat(archive.length),
      fc.boolean(),
      (edits, end, mend) => {
        const damaged = Buffer.from(archive);
        for (const { at, value } of edits) damaged[at] = value;
        // Right checksums lead the damage past the first check.
        if (mend) for (const at of headers) withChecksum(damaged.subarray(at, at + 512));
        const cut = damaged.subarray(0, end);
        try {
          return list(cut).every((file) => file.size >= 0 && file.offset + file.size <= cut.length);
        } catch (error) {
          return (error as Error).message.startsWith("tar: a.tar: at byte ");
        }
      },
    ),
    { numRuns: 3000, seed: 1 },
  );
});
