/** Each parser of bytes that come from outside, on 100,000 files that were valid once. */
import { test } from "vitest";
import { CIFAR_BYTES, type CifarFile, cifarImages, cifarNames } from "../../core/data/cifar.ts";
import { orientation } from "../../core/data/exif.ts";
import { imageHeader } from "../../core/data/header.ts";
import { parseList } from "../../core/data/list.ts";
import { tarFiles } from "../../core/data/sources/tarFormat.ts";
import { npyChunks } from "../../core/npy.ts";
import type { Stream } from "../../core/random.ts";
import { parseSafetensors, type SafetensorsTensor, writeSafetensors } from "../../core/safetensors.ts";
import { paxRecord, tarOf, withChecksum } from "../core/data/archives.ts";
import {
  exif,
  jpegOf,
  noise,
  pngOf,
  rawPng,
  slopes,
  webpChunk,
  webpFile,
  webpOf,
  withSegment,
} from "../core/data/images.ts";
import { changed, changedJson, fuzzParser, joined, textOf } from "./fuzz.ts";

const USTAR = Buffer.from("ustar");
const oneOf = <T>(random: Stream, values: readonly T[]): T => values[random.below(values.length)];

test("safetensors", async () => {
  const tensors = new Map<string, SafetensorsTensor>([
    ["a.weight", { dtype: "F32", shape: [2, 3], data: new Uint8Array(24) }],
    ["b", { dtype: "I64", shape: [], data: new Uint8Array(8) }],
    ["c", { dtype: "U8", shape: [5, 0, 2], data: new Uint8Array(0) }],
  ]);
  const file = writeSafetensors(tensors, { format: "pt", config: "{}" });
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(textOf(file.subarray(8, 8 + length)));
  const data = file.subarray(8 + length);
  const withHeader = (text: string) => {
    const bytes = Buffer.from(text);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(bytes.length));
    return joined(size, bytes, data);
  };
  await fuzzParser(
    "safetensors",
    (random) => {
      const kind = random.below(3);
      if (kind === 0) return parseSafetensors(changed(file, random));
      if (kind === 1)
        return parseSafetensors(withHeader(textOf(changed(file.subarray(8, 8 + length), random))));
      return parseSafetensors(withHeader(JSON.stringify(changedJson(header, random))));
    },
    { form: /^safetensors: / },
  );
});

test("tar", async () => {
  const archives = [
    tarOf(
      {
        name: "x",
        type: "x",
        data: Buffer.concat([paxRecord("path", "long/name.jpg"), paxRecord("size", "600")]),
      },
      { name: "short", data: Buffer.alloc(600, "d") },
      { name: "././@LongLink", type: "L", data: Buffer.from("other/name.jpg\0") },
      { name: "b.jpg", data: Buffer.alloc(10, "e"), prefix: "folder" },
    ),
    tarOf(
      { name: "a/", type: "5" },
      { name: "g", type: "g", data: paxRecord("comment", "c") },
      { name: "a/b.png" },
    ),
  ];
  await fuzzParser(
    "tar",
    (random) => {
      const bytes = Buffer.from(changed(oneOf(random, archives), random).buffer);
      if (random.below(4))
        // so that changes get past the checksums
        for (let at = 0; at + 512 <= bytes.length; at += 512)
          if (bytes[at] !== 0 && bytes.subarray(at + 257, at + 262).equals(USTAR))
            withChecksum(bytes.subarray(at, at + 512));
      let [reads, asked] = [0, 0];
      const read = (offset: number, length: number) => {
        reads++;
        asked = Math.max(asked, length);
        return bytes.subarray(offset, offset + length);
      };
      for (const { offset, size } of tarFiles("a.tar", read, bytes.length))
        if (offset + size > bytes.length)
          throw new TypeError(`a file lies beyond the archive: ${offset} + ${size}`);
      if (asked > 65_536) throw new TypeError(`asked for ${asked} bytes at once`); // the limit that tarFormat.ts declares
      if (reads > bytes.length / 256 + 1) throw new TypeError(`${reads} reads of ${bytes.length} bytes`); // two a header
    },
    { form: /^tar: a\.tar: at byte \d+: / },
  );
});

test("lists", async () => {
  const lists = [
    "images/a.jpg cat\nimages/my photo.png sea side\r\n\n  images/c.webp\t7\n",
    "a.jpg\nb.JPEG\n./c.png\n/d/e.webp\n",
  ].map((text) => Buffer.from(text));
  await fuzzParser("lists", (random) => parseList("l.txt", textOf(changed(oneOf(random, lists), random))), {
    form: /^list: l\.txt: line \d+: /,
  });
});

const gray = Array(9).fill(Array.from({ length: 7 }, (_, x) => x));
const block = Buffer.concat([Buffer.from("Exif\0\0"), exif(6)]);

/** Headers, of a whole file or of the beginning of one that goes on. */
async function fuzzHeaders(name: string, files: readonly Uint8Array[], form: RegExp): Promise<void> {
  await fuzzParser(
    name,
    (random) => {
      const bytes = changed(oneOf(random, files), random);
      const size = bytes.length + (random.below(3) ? 0 : random.below(100_000));
      const { width, height, orientation: turn } = imageHeader(bytes, size);
      const whole =
        [width, height, turn].every(Number.isInteger) && width > 0 && height > 0 && turn >= 1 && turn <= 8;
      if (!whole) throw new TypeError(`a header of ${width} x ${height}, turned ${turn}`);
    },
    { form },
  );
}

test("JPEG headers", async () => {
  const jpeg = await jpegOf(slopes(7, 9));
  await fuzzHeaders(
    "jpeg",
    [jpeg.subarray(0, 700), withSegment(jpeg, 0xe1, block).subarray(0, 700)],
    /^(jpeg|image): /,
  );
});

test("PNG headers", async () => {
  const turned = rawPng({ width: 7, height: 9, depth: 8, type: 0 }, gray, [["eXIf", exif(8)]]);
  await fuzzHeaders("png", [await pngOf(noise(7, 9)), turned], /^(png|image): /);
});

test("WebP headers", async () => {
  const frame = await webpOf(noise(7, 9));
  const canvas = Buffer.from([0x08, 0, 0, 0, 6, 0, 0, 8, 0, 0]);
  const extended = webpFile(webpChunk("VP8X", canvas), frame.subarray(12), webpChunk("EXIF", block));
  await fuzzHeaders(
    "webp",
    [frame, await webpOf(slopes(7, 9), { lossless: 0 }), extended],
    /^(webp|image): /,
  );
});

test("EXIF, of which nothing is refused", async () => {
  const blocks = [exif(6), exif(3, false), joined(exif(6), exif(8))];
  await fuzzParser(
    "exif",
    (random, i) => {
      const turn = orientation(changed(oneOf(random, blocks), random));
      if (![1, 2, 3, 4, 5, 6, 7, 8].includes(turn)) throw new TypeError(`turned ${turn}`);
      if (i % 500 === 0) throw new Error("exif: what the runner wants to see refused");
    },
    { form: /^exif: / },
  );
});

test("CIFAR's files", async () => {
  const kinds: CifarFile[] = [
    { split: "train", labels: 1, names: "batches.meta.txt" },
    { split: "test", labels: 2, names: "fine_label_names.txt" },
  ];
  const names = Buffer.from("airplane\nautomobile\nbird\n\n");
  await fuzzParser(
    "cifar",
    (random) => {
      const kind = oneOf(random, kinds);
      const record = kind.labels + CIFAR_BYTES;
      const file = new Uint8Array(record * (1 + random.below(3)) + (random.below(4) ? 0 : random.below(9)));
      for (let at = kind.labels - 1; at < file.length; at += record)
        file[at] = random.below(random.below(3) ? 3 : 256);
      const known = random.below(3)
        ? cifarNames(textOf(random.below(2) ? names : changed(names, random)))
        : undefined;
      for (const { label, offset } of cifarImages("f.bin", file, kind, known))
        if (label === "" || offset + CIFAR_BYTES > file.length) throw new TypeError(`${label} at ${offset}`);
    },
    { form: /^cifar: f\.bin/ },
  );
});

test(".npy files, which are written only, say what they hold to NumPy's grammar", async () => {
  const grammar = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/;
  await fuzzParser(
    "npy",
    (random) => {
      const [rows, columns] = [random.below(9), random.below(random.below(50) ? 9 : 5000)];
      const values = new Float32Array(rows * columns + (random.below(20) ? 0 : 1));
      const file = joined(...npyChunks([rows, columns], values));
      const length = new DataView(file.buffer).getUint16(8, true);
      const shape = grammar.exec(textOf(file.subarray(10, 10 + length)))?.slice(1);
      if (
        shape?.join() !== `${rows},${columns}` ||
        (10 + length) % 64 ||
        file.length !== 10 + length + 4 * rows * columns
      )
        throw new TypeError(`[${rows}, ${columns}] became [${shape}]`);
    },
    { form: /^npy: / },
  );
});
