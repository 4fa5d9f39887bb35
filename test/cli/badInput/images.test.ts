/** Images that are damaged, or no images that can be used, through the command line. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parseSafetensors } from "../../../core/safetensors.ts";
import {
  exif,
  jpegOf,
  noise,
  pngOf,
  rawPng,
  webpChunk,
  webpFile,
  withSegment,
} from "../../core/data/images.ts";
import { sslEdge } from "../command.ts";
import { contentsOf, ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("images");
let good: Record<string, Uint8Array>; // 130 of 8 x 8 pixels: one more may be skipped, two may not
let jpeg: Uint8Array;
let png: Uint8Array;
beforeAll(async () => {
  good = await pngs(130);
  jpeg = await jpegOf(noise(8, 8));
  png = await pngOf(noise(8, 8, 200));
});

let folders = 0;
const folderOf = (files: Record<string, Uint8Array | string>) => write(join(root, String(folders++)), files);

const flipped = (bytes: Uint8Array, at: number) => Uint8Array.from(bytes, (b, i) => (i === at ? b ^ 1 : b));
const gray = Array(8).fill(Array.from({ length: 8 }, (_, x) => 30 * x));

/** PIL 9.4: Image.new("CMYK", (8, 8), (10, 20, 30, 40)).save("cmyk.jpg") */
const CMYK = Buffer.from(
  "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD3Wva69hr1ev/Z",
  "base64",
);

describe("an image among good ones is skipped, by its name, and counted:", () => {
  const bad: [what: string, name: string, file: () => Uint8Array, reason: string][] = [
    [
      "with a flipped bit",
      "x.png",
      () => flipped(png, png.length >> 1),
      "png: the checksum of a chunk (IDAT) is wrong: damaged file",
    ],
    [
      "a truncated PNG",
      "x.png",
      () => png.subarray(0, -20),
      "png: the file ends in the middle: truncated file",
    ],
    [
      "a truncated JPEG",
      "x.jpg",
      () => jpeg.subarray(0, -30),
      "jpeg: damaged file: Premature end of JPEG file",
    ],
    ["a file of 0 bytes", "x.png", () => new Uint8Array(), "image: the file is empty (0 bytes)"],
    [
      "another format under its name",
      "x.jpg",
      () => Buffer.from("GIF89a......"),
      "image: only JPEG, PNG and WebP are supported; got a GIF",
    ],
    [
      "a CMYK JPEG",
      "x.jpg",
      () => CMYK,
      "jpeg: four colour components (CMYK) are not supported; convert it to RGB",
    ],
    [
      "an animated PNG",
      "x.png",
      () => rawPng({ width: 8, height: 8, depth: 8, type: 0 }, gray, [["acTL", Buffer.alloc(8)]]),
      "png: animations are not supported; save one frame as a PNG of its own",
    ],
    [
      "an animated WebP",
      "x.webp",
      () => webpFile(webpChunk("VP8X", Buffer.from([0x02, 0, 0, 0, 7, 0, 0, 7, 0, 0]))),
      "webp: animations are not supported; save one frame as a file of its own",
    ],
    [
      "a decompression bomb",
      "x.png",
      () => rawPng({ width: 50_000, height: 50_000, depth: 8, type: 2 }, [[1]]),
      "image: at most 64 megapixels are decoded; got 50000 x 50000; make it smaller",
    ],
  ];

  test.each(bad)("%s", async (_, name, file, reason) => {
    const data = folderOf({ ...good, [name]: file() });
    const out = join(root, `out-${folders}`);
    const { code, stderr } = await sslEdge(pretraining(data, out));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      `skipped ${name}: ${reason}\n1 skipped; more than 1 % of the images, and more than one, would be an error\n`,
    );
    expect(stderr).toContain("simclr: 130 images");
    expect(Object.keys(contentsOf(out))).not.toContainEqual(expect.stringMatching(/tmp$|lock/));
  });

  test("where it is one of few, too; files with other endings are counted", async () => {
    const others = { "x.png": new Uint8Array(), "y.gif": png, "z.HEIC": png, "labels.txt": "" };
    const few = Object.fromEntries(Object.entries(good).slice(0, 40));
    const { code, stderr } = await sslEdge(
      pretraining(folderOf({ ...few, ...others }), join(root, "out-few")),
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      "1 skipped; more than 1 % of the images, and more than one, would be an error\n",
    );
    expect(stderr).toContain("\n2 files with other endings passed over (.gif, .heic)\n");
  });

  test("in a folder of many sizes too, where the damage shows only in training", async () => {
    const others = { "w.png": await pngOf(noise(12, 9)), "x.jpg": jpeg.subarray(0, -30) };
    const out = join(root, "out-many");
    const options = ["--set", "views.0.size=8", "--epochs", "3"];
    const { code, stderr } = await sslEdge(pretraining(folderOf({ ...good, ...others }), out, ...options));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("simclr: 132 images");
    expect(stderr).toMatch(/^skipped x\.jpg: jpeg: damaged file: Premature end of JPEG file\n1 skipped;/m);
  });
});

describe("is used:", () => {
  const used: [what: string, name: string, file: () => Uint8Array][] = [
    [
      "a PNG of 16 bits a channel",
      "x.png",
      () => rawPng({ width: 8, height: 8, depth: 16, type: 2 }, Array(8).fill(Array(48).fill(7))),
    ],
    ["a grayscale PNG", "x.png", () => rawPng({ width: 8, height: 8, depth: 8, type: 0 }, gray)],
    [
      "a palette PNG",
      "x.png",
      () =>
        rawPng({ width: 8, height: 8, depth: 8, type: 3 }, Array(8).fill([1, 0, 1, 0, 1, 0, 1, 0]), [
          ["PLTE", Buffer.from([1, 2, 3, 4, 5, 6])],
        ]),
    ],
    [
      "a photo that EXIF turns",
      "x.jpg",
      () => withSegment(jpeg, 0xe1, Buffer.concat([Buffer.from("Exif\0\0"), exif(6)])),
    ],
  ];

  test.each(used)("%s", async (_, name, file) => {
    const { code, stderr } = await sslEdge(
      pretraining(folderOf({ ...good, [name]: file() }), join(root, `out-${folders}`)),
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("simclr: 131 images");
    expect(stderr).not.toContain("skipped");
  });

  test("a photo that EXIF turns gives the features of the one that lies upright", async () => {
    const upright = noise(8, 8, 5);
    const turned = { ...upright, data: upright.data.slice() }; // a quarter turn back: EXIF's 6 turns it again
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++)
        for (let c = 0; c < 4; c++)
          turned.data[4 * (8 * (7 - x) + y) + c] = upright.data[4 * (8 * y + x) + c];
    const stored = await pngOf(turned);
    const [signature, header, rest] = [stored.subarray(0, 8), stored.subarray(8, 33), stored.subarray(33)];
    const block = rawPng({ width: 1, height: 1, depth: 8, type: 0 }, [[0]], [["eXIf", exif(6)]]).subarray(
      33,
      33 + 38,
    );
    const data = folderOf({
      "a.png": await pngOf(upright),
      "b.png": Buffer.concat([signature, header, block, rest]),
    });
    const run = join(root, "upright");
    await sslEdge(pretraining(folderOf(good), run));
    const out = join(root, "features.safetensors");
    expect((await sslEdge(["extract", run, "--data", data, "--out", out, "--backend", "as"])).code).toBe(0);
    const { data: bytes, shape } = parseSafetensors(readFileSync(out)).tensors.get("features")!;
    const row = 4 * shape[1];
    expect(shape[0]).toBe(2);
    expect(bytes.subarray(0, row)).toEqual(bytes.subarray(row, 2 * row));
  });
});

describe("refused in one line, with nothing written, is", () => {
  const cases: [what: string, data: () => string, message: string][] = [
    [
      "a set of which more than 1 % is damaged",
      () => folderOf({ ...good, "x.png": png.subarray(0, 40), "y.png": new Uint8Array() }),
      "data: more than 1 % of the 132 images cannot be decoded, 2 of them: x.png (png: the file ends in the middle: truncated file), y.png; remove or repair them",
    ],
    ["a folder that is empty", () => folderOf({}), "data: no images (.jpg, .jpeg, .png, .webp) in "],
    [
      "a folder of other files",
      () => folderOf({ "notes.md": Buffer.from("x"), "video.mp4": Buffer.from("x") }),
      "data: no images (.jpg, .jpeg, .png, .webp) in ",
    ],
    ["a path that does not exist", () => join(root, "nowhere"), "does not exist"],
    [
      "a set of many sizes, with a recipe that says none",
      () =>
        folderOf({
          ...good,
          "x.png": rawPng({ width: 9, height: 8, depth: 8, type: 0 }, Array(8).fill(Array(9).fill(0))),
        }),
      "views: images of varying size are shown at a size that the recipe says; add --set views.0.size=96, for example, or take simclr-photos",
    ],
  ];

  test.each(cases)("%s", async (_, dataOf, message) => {
    const data = dataOf();
    mkdirSync(join(root, String(folders)), { recursive: true });
    await refuse(root, pretraining(data, join(root, "nothing")), message);
  });

  test("a batch larger than the data set", () =>
    refuse(
      root,
      pretraining(folderOf(good), join(root, "nothing"), "--batch-size", "131"),
      "pretrain: a batch of 131 images exceeds the data set, which has 130; lower --batch-size",
    ));
});

test("a bomb takes no memory: what the process held at most is what it holds without it", () => {
  const script = `
    import { loadImages } from ${JSON.stringify(join(import.meta.dirname, "../../../core/data/sources/load.ts"))};
    const { skipped } = await loadImages([process.argv[2]], { threads: 1 });
    console.log(JSON.stringify({ skipped: skipped.length, peak: process.resourceUsage().maxRSS / 1024 }));`; // MiB
  const peakOf = (files: Record<string, Uint8Array>) => {
    const options = [join(write(root, { "peak.mjs": script }), "peak.mjs"), folderOf(files)];
    const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as { skipped: number; peak: number };
  };
  const without = peakOf(good);
  const bombed = peakOf({
    ...good,
    "x.png": rawPng({ width: 50_000, height: 50_000, depth: 8, type: 2 }, [[1]]),
  });
  expect([without.skipped, bombed.skipped]).toEqual([0, 1]);
  expect(bombed.peak).toBeLessThan(without.peak + 60); // the bomb's RGBA alone is 9,537 MiB; runs differ by some 10
});
