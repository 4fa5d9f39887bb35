import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tarOf } from "../core/data/archives.ts";
import { cifarRecord } from "../core/data/cifar.ts";
import { loadSet, noise, rgb } from "../core/data/images.ts";
import { sslEdge } from "./command.ts";

const drawn = Array.from({ length: 5 }, (_, i) => noise(32, 32, i));
const records = (first: number, ...labels: number[]) =>
  Buffer.concat(labels.map((label, i) => cifarRecord(label, drawn[first + i])));
const archive = gzipSync(
  tarOf(
    { name: "cifar-10-batches-bin/", type: "5" },
    { name: "cifar-10-batches-bin/data_batch_2.bin", data: records(2, 0) },
    { name: "cifar-10-batches-bin/data_batch_1.bin", data: records(0, 0, 1) },
    { name: "cifar-10-batches-bin/test_batch.bin", data: records(3, 1, 1) },
    { name: "cifar-10-batches-bin/batches.meta.txt", data: Buffer.from("airplane\nautomobile\n\n") },
  ),
);
const md5 = createHash("md5").update(archive).digest("hex");

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-data-"));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, "data", "cifar10");

const ranges: (string | undefined)[] = [];
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer(({ headers }, response) => {
    ranges.push(headers.range);
    const start = Number(/\d+/.exec(headers.range ?? "0"));
    if (start)
      response.writeHead(206, { "content-range": `bytes ${start}-${archive.length - 1}/${archive.length}` });
    response.end(archive.subarray(start));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar-10-binary.tar.gz`;
});
afterAll(() => server.close());

const fetchCifar = (checksum = md5, ...more: string[]) =>
  sslEdge(["data", "cifar10", "--out", out, "--url", url, "--md5", checksum, ...more]);

test("an archive whose checksum is wrong makes nothing", async () => {
  const { code, stderr } = await fetchCifar("0".repeat(32));
  expect(code).toBe(1);
  expect(stderr).toContain(`its MD5 is ${md5}, not 000`);
  expect(readdirSync(out)).toEqual([]);
});

test("CIFAR-10's archive becomes train.tar and test.tar, from where its download was broken off", async () => {
  writeFileSync(join(out, "cifar-10-binary.tar.gz.part"), archive.subarray(0, 1000));
  const { code, stderr } = await fetchCifar();
  expect(code, stderr).toBe(0);
  expect(ranges.at(-1)).toBe("bytes=1000-");
  expect(readdirSync(out).sort()).toEqual(["test.tar", "train.tar"]);

  const train = await loadSet([join(out, "train.tar")]);
  expect(train.names).toEqual([
    "train/airplane/0000.png",
    "train/airplane/0001.png",
    "train/automobile/0000.png",
  ]);
  expect([...train.labels!]).toEqual([0, 0, 1]);
  expect(Buffer.from(train.pixels)).toEqual(Buffer.concat([0, 2, 1].map((i) => rgb(drawn[i]))));
  const test = await loadSet([join(out, "test.tar")]);
  expect(test.names).toEqual(["test/automobile/0000.png", "test/automobile/0001.png"]);
  expect(Buffer.from(test.pixels)).toEqual(Buffer.concat([3, 4].map((i) => rgb(drawn[i]))));
});

test("what is there is left alone", async () => {
  const before = ranges.length;
  const { code, stdout } = await fetchCifar(md5, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    train: join(out, "train.tar"),
    test: join(out, "test.tar"),
    made: false,
  });
  expect(ranges.length).toBe(before);
  expect(existsSync(join(out, "cifar-10-binary.tar.gz"))).toBe(false);
});
