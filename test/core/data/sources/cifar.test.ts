import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openData } from "../../../../core/data/sources/index.ts";
import { cifarRecord } from "../cifar.ts";
import { loadSet, noise, rgb } from "../images.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-cifar-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function folderOf(files: Record<string, string | Buffer>): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data);
  return folder;
}

const drawn = Array.from({ length: 5 }, (_, i) => noise(32, 32, i));
const records = (labels: (number | number[])[], first = 0) =>
  Buffer.concat(labels.map((label, i) => cifarRecord(label, drawn[first + i])));

const ten = folderOf({
  "data_batch_1.bin": records([1, 0]),
  "data_batch_2.bin": records([1], 2),
  "test_batch.bin": records([0, 0], 3),
  "batches.meta.txt": "airplane\nautomobile\n\n",
  "readme.html": "",
});

test("an unpacked CIFAR-10 is its training images, labelled by the names beside them", async () => {
  const set = await loadSet([ten]);
  expect(set).toMatchObject({ count: 3, width: 32, height: 32, classes: ["airplane", "automobile"] });
  expect(set.names).toEqual([
    "train/airplane/data_batch_1-00001",
    "train/automobile/data_batch_1-00000",
    "train/automobile/data_batch_2-00000",
  ]);
  expect([...set.labels!]).toEqual([0, 1, 1]);
  expect(Buffer.from(set.pixels)).toEqual(Buffer.concat([1, 0, 2].map((i) => rgb(drawn[i]))));
});

test("single files and patterns are given by name, the test file too", async () => {
  const names = async (...paths: string[]) => (await openData(paths)).map(({ name }) => name);
  expect(await names(join(ten, "test_batch.bin"))).toEqual([
    "test/airplane/test_batch-00000",
    "test/airplane/test_batch-00001",
  ]);
  expect(await names(join(ten, "data_batch_*.bin"))).toEqual(await names(ten));
  expect(await names(join(root, `{${folders - 1},nothing}`))).toEqual(await names(ten));
});

test("CIFAR-100 is labelled by its fine labels", async () => {
  const hundred = folderOf({
    "train.bin": records([
      [9, 1],
      [9, 0],
    ]),
    "test.bin": records([[9, 1]], 2),
    "fine_label_names.txt": "apple\naquarium_fish\n",
    "coarse_label_names.txt": "aquatic_mammals\n",
  });
  const train = await loadSet([hundred]);
  expect(train.names).toEqual(["train/apple/train-00001", "train/aquarium_fish/train-00000"]);
  expect(Buffer.from(train.pixels)).toEqual(Buffer.concat([1, 0].map((i) => rgb(drawn[i]))));
  const [test] = await openData([join(hundred, "test.bin")]);
  expect(test).toMatchObject({ name: "test/aquarium_fish/test-00000", label: "aquarium_fish", offset: 2 });
});

test("without a file of names, classes are called by their numbers", async () => {
  const [entry] = await openData([join(folderOf({ "test_batch.bin": records([3]) }), "test_batch.bin")]);
  expect(entry).toMatchObject({ name: "test/03/test_batch-00000", label: "03" });
});

test("a file cut short and a label without a name are refused by name", async () => {
  const cut = folderOf({ "data_batch_1.bin": records([1]).subarray(0, 3000) });
  await expect(openData([cut])).rejects.toThrow(
    `cifar: ${cut}/data_batch_1.bin holds 3000 bytes, no whole number of records of 3073`,
  );
  const strange = folderOf({
    "data_batch_1.bin": records([0, 2]),
    "batches.meta.txt": "airplane\nautomobile",
  });
  await expect(openData([strange])).rejects.toThrow(
    `cifar: ${strange}/data_batch_1.bin: at byte 3073: label 2, but there are 2 names`,
  );
});
