/** README's way from a folder of photos to features, by its own commands. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { exif, jpegOf, slopes, withSegment } from "../core/data/images.ts";
import { ownFolder } from "./badInput/refusal.ts";
import { sslEdge } from "./command.ts";

const section = /## Your own images\n(.*?)\n## /s.exec(readFileSync("README.md", "utf8"))![1];
const commands = /```sh\n(.*?)```/s
  .exec(section)![1]
  .trimEnd()
  .split("\n")
  .map((line) => line.replace(/ +#.*/, "").split(" "));

/** What README says makes a run smaller, with smaller numbers. */
const smaller = [
  "--set",
  "encoder.width=4",
  "--set",
  "views.0.size=32",
  "--epochs",
  "2",
  "--batch-size",
  "16",
];

const folder = ownFolder("own");
const names: string[] = [];
beforeAll(async () => {
  for (let i = 0; i < 40; i++) {
    const name = `${i % 3 ? `holiday/day ${i % 5}/` : ""}IMG_${String(i).padStart(4, "0")}.${i % 2 ? "jpg" : "JPEG"}`;
    const drawing = slopes(40 + ((37 * i) % 90), 50 + ((53 * i) % 70), 5 * i);
    const turn = Buffer.concat([Buffer.from("Exif\0\0"), exif(1 + (i % 8))]);
    const file = join(folder, "photos", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, withSegment(await jpegOf(drawing), 0xe1, turn));
    names.push(name);
  }
});

test("three commands lead from photos of many sizes to features", async () => {
  const [install, pretrain, extract, ...more] = commands;
  expect(install).toEqual(["npm", "ci"]); // as CI itself begins
  expect(more).toEqual([]);
  const used = new Set(smaller.map((word) => word.replace(/=.*/, "")).filter((word) => !/^\d+$/.test(word)));
  for (const word of used) expect(section).toContain(word);

  for (const [[npx, name, ...args], options] of [
    [pretrain, [...smaller, "--backend", "as"]],
    [extract, ["--backend", "as"]],
  ] as const) {
    expect([npx, name]).toEqual(["npx", "ssl-edge"]);
    const { code, stderr } = await sslEdge([...args, ...options], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain("skipped");
  }

  const features = readFileSync(join(folder, "photos.npy"));
  const length = features.readUInt16LE(8);
  const dimension = 32; // of a ResNet-18 of width 4
  expect(features.toString("latin1", 10, 10 + length)).toContain(`'shape': (${names.length}, ${dimension})`);
  const values = new Float32Array(Uint8Array.from(features.subarray(10 + length)).buffer);
  expect(values.length).toBe(names.length * dimension);
  expect(values.every(Number.isFinite)).toBe(true);
  expect(new Set(values).size).toBeGreaterThan(names.length); // not one row for all
  const listed = readFileSync(join(folder, "photos.names.txt"), "utf8").trimEnd().split("\n");
  expect(listed).toEqual(names.toSorted());
});
