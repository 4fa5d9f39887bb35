import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ImageStream } from "../../../../core/data/source.ts";
import { type LoadOptions, loadImages } from "../../../../core/data/sources/load.ts";
import { tarOf } from "../archives.ts";
import { cifarRecord } from "../cifar.ts";
import { exif, jpegOf, loadSet, noise, pngOf, rawPng, rgb, webpOf } from "../images.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-load-"));
afterAll(() => rmSync(root, { recursive: true }));

let written = 0;
function archive(files: [name: string, data: Uint8Array][]): string {
  const file = join(root, `${written++}.tar`);
  writeFileSync(file, tarOf(...files.map(([name, data]) => ({ name, data }))));
  return file;
}

const size = { width: 12, height: 9 };
const drawing = (i: number) => noise(size.width, size.height, i + 1);
const nameOf = (i: number) => `set/${"abc"[i % 3]}/${String(i).padStart(4, "0")}.png`;
const sorted = (count: number) =>
  Array.from({ length: count }, (_, i) => i).sort((i, j) => (nameOf(i) < nameOf(j) ? -1 : 1));

async function pngs(count: number, change: Record<number, Uint8Array> = {}): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = [];
  for (let i = 0; i < count; i++) files.push([nameOf(i), change[i] ?? (await pngOf(drawing(i)))]);
  return files;
}

describe("a set in memory", () => {
  test("holds every image at the rank of its name, with its label", async () => {
    const path = archive(await pngs(40));
    const set = await loadSet([path]);
    expect(set).toMatchObject({ count: 40, ...size, classes: ["a", "b", "c"], skipped: [] });
    expect(set.names).toEqual(sorted(40).map(nameOf));
    expect([...(set.labels as Uint32Array)]).toEqual(sorted(40).map((i) => i % 3));
    const bytes = size.width * size.height * 3;
    expect(set.pixels.length).toBe(40 * bytes);
    for (const [rank, i] of sorted(40).entries())
      expect(set.pixels.subarray(rank * bytes, (rank + 1) * bytes)).toEqual(rgb(drawing(i)));
  });

  test("is the same for any number of threads, JPEG and PNG mixed", async () => {
    const large = { width: 96, height: 96 }; // 37 to a batch
    const jpeg = await jpegOf(noise(large.width, large.height, 1));
    const files: [string, Uint8Array][] = [];
    for (let i = 0; i < 150; i++) {
      const image = noise(large.width, large.height, i % 7);
      files.push(i % 2 ? [`${i}.jpg`, jpeg] : [`${i}.png`, await pngOf(image)]);
    }
    const path = archive(files);
    const { pixels: expected, ...one } = await loadSet([path]);
    for (const threads of [2, 3]) {
      const { pixels, ...rest } = await loadSet([path], { threads });
      expect(Buffer.compare(pixels, expected)).toBe(0);
      expect(rest).toEqual(one);
    }
    expect(one).toMatchObject({ count: 150, ...large, labels: undefined });
  });

  test("may mix all formats, CIFAR's planes among them", async () => {
    const drawn = [0, 1, 2].map((i) => noise(32, 32, i));
    const batch = join(root, "data_batch_1.bin");
    writeFileSync(batch, cifarRecord(7, drawn[0]));
    const tar = archive([
      ["a/1.png", await pngOf(drawn[1])],
      ["b/2.webp", await webpOf(drawn[2])],
    ]);
    const set = await loadSet([tar, batch]);
    expect(set.names).toEqual(["a/1.png", "b/2.webp", "train/07/data_batch_1-00000"]);
    expect(set.classes).toEqual(["07", "a", "b"]);
    expect(Buffer.from(set.pixels)).toEqual(Buffer.concat([1, 2, 0].map((i) => rgb(drawn[i]))));
  });

  test("tells how far loading is, up to all of it: headers first, then pixels", async () => {
    const calls = { headers: [] as number[], pixels: [] as number[] };
    const order: string[] = [];
    await loadSet([archive(await pngs(130))], {
      threads: 1,
      onProgress(done, total, phase) {
        calls[phase].push(done / total);
        order.push(phase);
      },
    });
    for (const shares of Object.values(calls)) {
      expect(shares.at(-1)).toBe(1);
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    }
    expect(order).toEqual(order.toSorted());
  });
});

describe("what goes into memory", () => {
  const kind = async (paths: string[], options: LoadOptions) => {
    const images = await loadImages(paths, { threads: 1, ...options });
    if ("pixels" in images) return "set";
    await images.close();
    return "stream";
  };

  test("are images of one size, up to a number of bytes", async () => {
    const path = archive(await pngs(20));
    const bytes = 20 * size.width * size.height * 3;
    expect(await kind([path], {})).toBe("set");
    expect(await kind([path], { resident: bytes })).toBe("set");
    expect(await kind([path], { resident: bytes - 1 })).toBe("stream");
  });

  test("are not images of two sizes, transposed ones neither", async () => {
    expect(await kind([archive(await pngs(20, { 7: await pngOf(noise(9, 12)) }))], {})).toBe("stream");
    const turned = rawPng({ width: 12, height: 9, depth: 8, type: 0 }, Array(9).fill(Array(12).fill(5)), [
      ["eXIf", exif(6)],
    ]);
    expect(await kind([archive(await pngs(20, { 7: turned }))], {})).toBe("stream");
  });

  test("has the fingerprint of its files, whether in memory or not", async () => {
    const path = archive(await pngs(20));
    const set = await loadSet([path]);
    const stream = (await loadImages([path], { resident: 0 })) as ImageStream;
    await stream.close();
    const { pixels, height, width, ...about } = set;
    expect(stream).toMatchObject(about);
    expect([...stream.sizes]).toEqual(Array(20).fill([height, width]).flat());
    expect(pixels.length).toBe(20 * height * width * 3);
  });
});

describe("images that cannot be decoded", () => {
  test("are left out, with name and reason, up to one in a hundred", async () => {
    const damaged = (await pngOf(drawing(6))).subarray(0, 60);
    const flipped = await pngOf(drawing(3)); // its header is good
    flipped[flipped.length >> 1] ^= 1;
    const path = archive(await pngs(300, { 6: damaged, 0: new Uint8Array(), 3: flipped }));
    const set = await loadSet([path], { threads: 2 });
    expect(set.skipped).toEqual([
      { name: nameOf(0), reason: "image: the file is empty (0 bytes)" },
      { name: nameOf(3), reason: "png: the checksum of a chunk (IDAT) is wrong: damaged file" },
      { name: nameOf(6), reason: "png: the file ends in the middle: truncated file" },
    ]);
    const rest = sorted(300).filter((i) => i !== 0 && i !== 3 && i !== 6);
    expect(set.names).toEqual(rest.map(nameOf));
    const bytes = size.width * size.height * 3;
    expect(set.count).toBe(297);
    expect(set.labels?.length).toBe(297);
    expect(set.pixels.length).toBe(297 * bytes);
    expect(set.pixels.subarray(-bytes)).toEqual(rgb(drawing(rest.at(-1) as number)));
  });

  test("are an error beyond that, which counts all and names the first ten in order", async () => {
    const numbers = Array.from({ length: 12 }, (_, i) => 15 * i); // of one class, and so in this order
    const gifs = Object.fromEntries(numbers.map((i) => [i, Buffer.from("GIF89a")]));
    const reason = "image: only JPEG, PNG and WebP are supported; got a GIF";
    const named = [`${nameOf(0)} (${reason})`, ...numbers.slice(1, 10).map(nameOf)].join(", ");
    await expect(loadImages([archive(await pngs(200, gifs))], { threads: 2 })).rejects.toThrow(
      `data: more than 1 % of the 200 images cannot be decoded, 12 of them: ${named}, ...; remove or repair them`,
    );
  });

  test("are all counted where their headers are good, too", async () => {
    const flipped = await pngOf(drawing(3));
    flipped[flipped.length >> 1] ^= 1;
    const path = archive(await pngs(200, { 0: flipped, 3: flipped, 6: flipped }));
    await expect(loadImages([path], { threads: 2 })).rejects.toThrow(
      new RegExp(`cannot be decoded, 3 of them: ${nameOf(0)} \\(.*\\), ${nameOf(3)}, ${nameOf(6)}; remove`),
    );
  });

  test("are named in one line of bounded length, whatever their names", async () => {
    const names = Array.from({ length: 12 }, (_, i) => `${i}\n${"x".repeat(92)}.png`);
    const refused = loadImages([archive(names.map((name) => [name, new Uint8Array()]))]);
    await expect(refused).rejects.toThrow(/^data: more than 1 % [^\n]{1000,1100}$/);
  });

  test("may be one of few, but not all", async () => {
    const set = await loadSet([archive(await pngs(3, { 0: new Uint8Array() }))]);
    expect(set).toMatchObject({ count: 2, skipped: [{ name: nameOf(0) }] });
    const bad = { 0: new Uint8Array(), 1: new Uint8Array() };
    await expect(loadImages([archive(await pngs(3, bad))])).rejects.toThrow(
      "more than 1 % of the 3 images cannot be decoded, 2 of them",
    );
    await expect(loadImages([archive([["a.png", new Uint8Array()]])])).rejects.toThrow(
      "more than 1 % of the 1 images cannot be decoded, 1 of them: a.png",
    );
  });

  test("include those of more pixels than the limit", async () => {
    const path = archive(await pngs(3));
    await expect(loadImages([path], { maxPixels: 100 })).rejects.toThrow(
      "at most 0.0001 megapixels are decoded; got 12 x 9",
    );
  });
});

test("files with other endings are counted in what is loaded", async () => {
  const files: [string, Uint8Array][] = [...(await pngs(2)), ["a.gif", new Uint8Array()]];
  expect((await loadSet(archive(files))).passedOver).toEqual({ count: 1, endings: [".gif"] });
});

describe("what is refused", () => {
  test("no threads", async () => {
    await expect(loadImages(["x"], { threads: 0 })).rejects.toThrow(
      "data: threads must be at least 1; got 0",
    );
  });

  test("a negative number of bytes to hold in memory", async () => {
    await expect(loadImages(["x"], { resident: -1 })).rejects.toThrow(
      "data: resident is a number of bytes; got -1",
    );
  });
});
