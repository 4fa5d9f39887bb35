import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { download } from "../../../../core/data/sources/download.ts";

const body = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
const md5 = createHash("md5").update(body).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const asked: (string | undefined)[] = []; // the Range of each request
let answer: Answer;
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive.tar.gz`;
});
afterAll(() => server.close());

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ssl-edge-download-"));
  file = join(folder, "archive.tar.gz");
  asked.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A server that knows ranges; it breaks off after `most` bytes. */
const ranged =
  (most = Number.POSITIVE_INFINITY): Answer =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "bytes=0-")?.[1]);
    if (start >= body.length)
      return response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    response.writeHead(request.headers.range ? 206 : 200, {
      "content-length": body.length - start,
      "content-range": `bytes ${start}-${body.length - 1}/${body.length}`,
    });
    const part = body.subarray(start, start + most);
    if (part.length === body.length - start) return response.end(part);
    response.write(part);
    const looking = setInterval(() => {
      if ((statSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0) <= start) return;
      clearInterval(looking);
      response.destroy(); // some of it has arrived; what is under way may be lost
    }, 5);
  };

const fetched = (options: { attempts?: number; onProgress?(done: number, total?: number): void } = {}) =>
  download(url, file, { md5, wait: 1, ...options });

test("a file is fetched whole, and how far it is told", async () => {
  answer = ranged();
  const told: (number | undefined)[][] = [];
  await fetched({ onProgress: (done, total) => told.push([done, total]) });
  expect(readFileSync(file)).toEqual(body);
  expect(told.at(-1)).toEqual([body.length, body.length]);
  expect(existsSync(`${file}.part`)).toBe(false);
  await fetched();
  expect(asked).toEqual([undefined]); // what is there is not fetched again
});

test("a connection that breaks, however often, is taken up where it stood", async () => {
  answer = ranged(40_000);
  await fetched();
  expect(readFileSync(file)).toEqual(body);
  expect(asked.length).toBeGreaterThanOrEqual(8);
  expect(asked.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
});

test("what an earlier process left is not fetched again, a part or all of it", async () => {
  answer = ranged();
  for (const have of [123_456, body.length]) {
    rmSync(file, { force: true });
    writeFileSync(`${file}.part`, body.subarray(0, have));
    await fetched();
    expect(readFileSync(file)).toEqual(body);
    expect(asked.at(-1)).toBe(`bytes=${have}-`);
  }
});

test("a part longer than the file is begun anew", async () => {
  answer = ranged();
  writeFileSync(`${file}.part`, Buffer.alloc(body.length + 1));
  await fetched();
  expect(readFileSync(file)).toEqual(body);
});

test("a server without ranges sends all of it", async () => {
  answer = (_, response) => response.end(body);
  writeFileSync(`${file}.part`, "something else");
  await fetched();
  expect(readFileSync(file)).toEqual(body);
});

test("redirections are followed, but not without end", async () => {
  answer = (request, response) =>
    request.url === "/moved" ? response.end(body) : response.writeHead(302, { location: "/moved" }).end();
  await fetched();
  expect(readFileSync(file)).toEqual(body);
  rmSync(file);
  answer = (_, response) => response.writeHead(302, { location: "/" }).end();
  await expect(fetched()).rejects.toThrow(`download: ${url}: it redirects without end`);
});

test("bytes that a server calls gzip are left as they are", async () => {
  answer = (_, response) => response.writeHead(200, { "content-encoding": "x-gzip" }).end(body);
  await fetched();
  expect(readFileSync(file)).toEqual(body);
});

test("a wrong checksum leaves nothing behind", async () => {
  answer = (_, response) => response.end("something else");
  const found = createHash("md5").update("something else").digest("hex");
  await expect(fetched()).rejects.toThrow(
    `download: ${url}: its MD5 is ${found}, not ${md5}; nothing of it was kept`,
  );
  expect(existsSync(file) || existsSync(`${file}.part`)).toBe(false);
});

test("a refusal is told at once, silence after some attempts", async () => {
  answer = (_, response) => response.writeHead(404).end();
  await expect(fetched()).rejects.toThrow(`download: ${url}: the server answers 404 Not Found`);
  expect(asked).toHaveLength(1);
  answer = (request) => request.destroy();
  writeFileSync(`${file}.part`, body.subarray(0, 5));
  await expect(fetched({ attempts: 3 })).rejects.toThrow(
    /^download: .*socket hang up; run it again to go on from byte 5$/,
  );
  expect(asked).toHaveLength(4);
});
