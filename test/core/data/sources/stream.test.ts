import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { centreBox, centreBoxes } from "../../../../core/data/boxes.ts";
import { decoder, type Image } from "../../../../core/data/decode.ts";
import { type Box, resizer } from "../../../../core/data/resize.ts";
import type { Cut, ImageStream } from "../../../../core/data/source.ts";
import { loadCodecs } from "../../../../core/data/sources/codecs.ts";
import { type LoadOptions, loadImages } from "../../../../core/data/sources/load.ts";
import { stream } from "../../../../core/random.ts";
import { exif, jpegOf, noise, pngOf, rgb, slopes, webpOf, withSegment } from "../images.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-stream-"));
const streams: ImageStream[] = [];
afterAll(async () => {
  for (const each of streams) await each.close();
  rmSync(root, { recursive: true });
});

let folders = 0;
function folderOf(files: Record<string, Uint8Array>): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data);
  return folder;
}

async function open(path: string, options: LoadOptions = {}): Promise<ImageStream> {
  const images = await loadImages([path], { threads: 2, ...options });
  if ("pixels" in images) throw new Error("test: a set in memory");
  streams.push(images);
  return images;
}

const codecs = await loadCodecs();
const [decode, resize] = [await decoder(codecs), resizer(codecs.resize)];

function cutOf(image: Image, box: Box, side: number): Uint8Array {
  const pixels = new Uint8Array(3 * side * side);
  resize(image, box, { height: side, width: side, pixels });
  return pixels;
}

/** Files of three formats and many sizes, some of them turned by EXIF; names sort in the order of the numbers. */
async function mixed(count: number): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i++) {
    const drawing = slopes(60 + ((37 * i) % 101), 40 + ((53 * i) % 89), i);
    const name = String(i).padStart(3, "0");
    if (i % 3 === 0) files[`${name}.png`] = await pngOf(drawing);
    else if (i % 3 === 1) files[`${name}.webp`] = await webpOf(drawing);
    else {
      const segment = Buffer.concat([Buffer.from("Exif\0\0"), exif(1 + (i % 8))]);
      files[`${name}.jpg`] = withSegment(await jpegOf(drawing), 0xe1, segment);
    }
  }
  return files;
}

/** Boxes anywhere in the images, of any size. */
function anywhere(index: Uint32Array, sizes: Uint32Array, seed: number): Uint32Array {
  const random = stream(seed, "boxes");
  return Uint32Array.from(
    [...index].flatMap((image) => {
      const [H, W] = sizes.subarray(2 * image, 2 * image + 2);
      const [height, width] = [1 + random.below(H), 1 + random.below(W)];
      return [random.below(H - height + 1), random.below(W - width + 1), height, width];
    }),
  );
}

const view = (boxes: Uint32Array, side: number): Cut => ({
  ...{ boxes, height: side, width: side },
  pixels: new Uint8Array((boxes.length / 4) * 3 * side * side),
});

/** Two large views and two small ones, so that a batch goes through the threads in many pieces. */
const viewsOf = (index: Uint32Array, sizes: Uint32Array, seed = 1): Cut[] =>
  [224, 224, 96, 31].map((side, v) => view(anywhere(index, sizes, 10 * seed + v), side));

describe("images of varying size", () => {
  test("are known by their upright sizes before any is decoded", async () => {
    const files = await mixed(24);
    const images = await open(folderOf(files));
    expect(images.names).toEqual(Object.keys(files));
    const decoded = await Promise.all(Object.values(files).map((file) => decode(file)));
    expect([...images.sizes]).toEqual(decoded.flatMap(({ height, width }) => [height, width]));
    expect(images).toMatchObject({ count: 24, labels: undefined, classes: [], skipped: [] });
  });

  test("are cut as asked, each for all its views, wherever it stands in the batch", async () => {
    const files = await mixed(24);
    const images = await open(folderOf(files));
    const index = Uint32Array.of(23, 0, 7, 5, 5, 18, 11, 2, 14, 20, 8); // one of them twice
    const views = viewsOf(index, images.sizes);
    expect(await images.cut(index, views)).toEqual(index);
    const all = Object.values(files);
    for (const [n, image] of index.entries()) {
      const decoded = await decode(all[image]);
      for (const { boxes, height: side, pixels } of views) {
        const [top, left, height, width] = boxes.subarray(4 * n, 4 * n + 4);
        const bytes = 3 * side * side;
        const expected = cutOf(decoded, { top, left, height, width }, side);
        expect(Buffer.compare(pixels.subarray(n * bytes, (n + 1) * bytes), expected)).toBe(0);
      }
    }
  });

  test("may be asked for far ahead, by any number of threads, for the same bytes", async () => {
    const path = folderOf(await mixed(30));
    async function run(threads: number): Promise<Buffer> {
      const images = await open(path, { threads });
      const index = new Uint32Array(16);
      const requests = [0, 1, 2, 3, 4].map((step) => {
        for (let i = 0; i < index.length; i++) index[i] = (step * 7 + i * 11) % 30;
        const views = viewsOf(index, images.sizes, step);
        const done = images.cut(index, views);
        for (const { boxes } of views) boxes.fill(0); // what is asked for has been read
        return { views, done };
      });
      index.fill(0);
      for (const { done } of requests.reverse()) await done;
      return Buffer.concat(requests.flatMap(({ views }) => views.map(({ pixels }) => pixels)));
    }
    const one = await run(1);
    expect(Buffer.compare(await run(3), one)).toBe(0);
  });

  test("may be images of one size, and large ones", async () => {
    const side = 2500; // its pixels alone are beyond what an answer usually holds
    const pixels = { width: side, height: side, data: new Uint8ClampedArray(4 * side * side).fill(90) };
    const file = await pngOf(pixels);
    const images = await open(folderOf({ "a.png": file, "b.png": file }), { resident: 0 });
    const index = Uint32Array.of(1, 0, 1);
    const [large] = [view(centreBoxes(index, images.sizes, 1), 700)];
    await images.cut(index, [large]);
    expect(large.pixels.every((value) => value === 90)).toBe(true);
  });

  test("are refused nothing but what does not fit", async () => {
    const images = await open(folderOf(await mixed(6)));
    const index = Uint32Array.of(2, 4);
    const [H, W] = images.sizes.subarray(4, 6);
    const boxes = centreBoxes(index, images.sizes, 1);
    await expect(images.cut(Uint32Array.of(6), [])).rejects.toThrow("numbered from 0 to 5; got 6");
    await expect(images.cut(index, [view(boxes.subarray(4), 8)])).rejects.toThrow("2 boxes are 8 numbers");
    await expect(images.cut(index, [{ ...view(boxes, 8), height: 7 }])).rejects.toThrow(
      "data: 2 views of 8 x 7 take 336 bytes; got 384",
    );
    const outside = boxes.with(0, H);
    await expect(images.cut(index, [view(outside, 8)])).rejects.toThrow(
      `a box lies within its image, in whole pixels; got ${boxes[3]} x ${boxes[2]} at (${boxes[1]}, ${H}) of image 2, ${W} x ${H}`,
    );
    const half = { ...view(boxes, 8), boxes: Float32Array.from(boxes).with(0, 0.5) };
    await expect(images.cut(index, [half])).rejects.toThrow("in whole pixels");
    const good = view(boxes, 8);
    await images.cut(index, [{ ...good, boxes: Float32Array.from(boxes) }]);
    expect(good.pixels.some((value) => value > 0)).toBe(true);
    expect(await images.cut(index, [])).toEqual(index);
  });
});

describe("an image whose header is good and whose body is not", () => {
  const drawing = (i: number) => noise(8 + (i % 5), 9 + (i % 7), i);
  const nameOf = (i: number) => `${String(i).padStart(3, "0")}.png`;
  const REASON = "png: the checksum of a chunk (IDAT) is wrong: damaged file";

  async function set(count: number, damaged: number[]): Promise<string> {
    const files: Record<string, Uint8Array> = {};
    for (let i = 0; i < count; i++) {
      const file = await pngOf(drawing(i));
      if (damaged.includes(i)) file[file.length >> 1] ^= 1;
      files[nameOf(i)] = file;
    }
    return folderOf(files);
  }

  /** What is expected where image `i` is shown as a replacement. */
  const square = (i: number, side: number) => {
    const { width, height, ...data } = drawing(i);
    return cutOf({ width, height, pixels: rgb(data) }, centreBox(height, width, 1), side);
  };

  test("is replaced by the next that can be decoded, after the last by the first", async () => {
    const path = await set(400, [3, 4, 399]);
    const results = await Promise.all(
      [1, 3].map(async (threads) => {
        const images = await open(path, { threads });
        expect(images.skipped).toEqual([]);
        const index = Uint32Array.of(399, 7, 3, 4, 0, 3);
        const views = [view(anywhere(index, images.sizes, 1), 12), view(anywhere(index, images.sizes, 2), 6)];
        expect([...(await images.cut(index, views))]).toEqual([0, 7, 5, 5, 0, 5]);
        for (const { pixels, height: side } of views)
          for (const [n, image] of [
            [0, 0],
            [2, 5],
            [3, 5],
            [5, 5],
          ])
            expect(pixels.subarray(n * 3 * side ** 2, (n + 1) * 3 * side ** 2)).toEqual(square(image, side));
        expect(images.skipped).toEqual([399, 3, 4].map((i) => ({ name: nameOf(i), reason: REASON })));
        const again = [view(views[0].boxes as Uint32Array, 12)];
        await images.cut(index, again); // now known to be damaged
        expect(again[0].pixels).toEqual(views[0].pixels);
        expect(images.skipped.length).toBe(3);
        return views[0].pixels;
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });

  test("is listed in the order of requests, however they overlap", async () => {
    for (const threads of [1, 3]) {
      const images = await open(await set(400, [10, 20, 30]), { threads });
      const asked = [30, 1, 10, 2, 20, 30].map((image) => {
        const index = Uint32Array.of(image);
        return images.cut(index, [view(centreBoxes(index, images.sizes, 1), image === 30 ? 1000 : 4)]);
      });
      await Promise.all(asked);
      expect(images.skipped.map(({ name }) => name)).toEqual([30, 10, 20].map(nameOf));
    }
  });

  test("is an error where more than one in a hundred are skipped, from then on", async () => {
    for (const threads of [1, 3]) {
      const images = await open(await set(200, [10, 50, 90]), { threads });
      const cut = (...index: number[]) =>
        images.cut(Uint32Array.from(index), [view(centreBoxes(Uint32Array.from(index), images.sizes, 1), 4)]);
      const [good, bad, later] = [cut(90, 10), cut(1, 50), cut(2)];
      expect([...(await good)]).toEqual([91, 11]);
      const refusal = `data: more than 1 % of the 200 images cannot be decoded, 3 of them so far: ${nameOf(90)} (${REASON}), ${nameOf(10)}, ${nameOf(50)}; remove or repair them`;
      await expect(bad).rejects.toThrow(refusal);
      await expect(later).rejects.toThrow(refusal);
    }
  });

  test("counts together with those whose header is bad", async () => {
    const path = await set(200, [10]);
    writeFileSync(join(path, nameOf(20)), "no image");
    writeFileSync(join(path, nameOf(30)), "");
    const images = await open(path);
    expect(images).toMatchObject({ count: 198, skipped: [{ name: nameOf(20) }, { name: nameOf(30) }] });
    const index = Uint32Array.of(10);
    const boxes = centreBoxes(index, images.sizes, 1);
    await expect(images.cut(index, [view(boxes, 4)])).rejects.toThrow(`3 of them so far: ${nameOf(20)} (`);
  });

  test("ends the search where all are damaged", async () => {
    const images = await open(await set(3, [0, 1, 2]));
    const index = Uint32Array.of(1);
    const boxes = centreBoxes(index, images.sizes, 1);
    await expect(images.cut(index, [view(boxes, 4)])).rejects.toThrow("more than 1 % of the 3 images");
  });
});

describe("what ends a request", () => {
  test("a file that is gone: others are not harmed, and nothing is put in its place", async () => {
    const path = folderOf(await mixed(9));
    const images = await open(path);
    rmSync(join(path, images.names[4]));
    const cut = (image: number) => {
      const index = Uint32Array.of(image);
      return images.cut(index, [view(centreBoxes(index, images.sizes, 1), 4)]);
    };
    const [before, gone, after] = [cut(3), cut(4), cut(5)];
    await expect(gone).rejects.toThrow("ENOENT");
    await Promise.all([before, after]);
    expect(images.skipped).toEqual([]);
  });

  test("closing the stream, for those under way and those to come", async () => {
    const images = await open(folderOf(await mixed(30)));
    const index = Uint32Array.from({ length: 30 }, (_, i) => i);
    const pending = images.cut(index, viewsOf(index, images.sizes));
    const refused = expect(pending).rejects.toThrow("data: closed while images were being read");
    await images.close();
    await refused;
    await expect(images.cut(index, viewsOf(index, images.sizes))).rejects.toThrow("data: closed");
  });

  test("nothing of it keeps a process alive that is done, closed or not", async () => {
    const path = folderOf(await mixed(9));
    for (const end of ["", "await images.close();"]) {
      const script = `
        import { loadImages } from ${JSON.stringify(new URL("../../../../core/data/sources/load.ts", import.meta.url).href)};
        const images = await loadImages([${JSON.stringify(path)}], { threads: 2 });
        const boxes = Uint32Array.of(0, 0, 9, 9);
        const pixels = new Uint8Array(48);
        await images.cut(Uint32Array.of(3), [{ boxes, height: 4, width: 4, pixels }]);
        ${end}
        console.log(images.count, pixels.some((value) => value > 0));`;
      const file = join(root, "process.mjs");
      writeFileSync(file, script);
      const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
      expect(stdout).toBe("9 true\n");
    }
  });
});
