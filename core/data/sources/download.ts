import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { setTimeout } from "node:timers/promises";

export interface DownloadOptions {
  /** What the whole file must have, in hexadecimal. */
  md5: string;
  /** Failures in a row, none of which brought a byte, after which it gives up. */
  attempts?: number;
  /** Milliseconds before the second attempt; each further one waits as long again. */
  wait?: number;
  /** In bytes; the total is undefined where the server does not say. */
  onProgress?(done: number, total?: number): void;
}

/** What trying again would not change. */
class Refusal extends Error {}

/**
 * Fetches a file over HTTP. What has arrived lies in `<file>.part` meanwhile; a connection that breaks, and a process that
 * is begun again, go on from there (Range, RFC 9110, section 14). The file appears when it is whole and its checksum right.
 *
 * Not by fetch, which unpacks what a server calls gzip, and so changes the bytes.
 */
export async function download(
  url: string,
  file: string,
  { md5, attempts = 5, wait = 1000, onProgress }: DownloadOptions,
): Promise<void> {
  if ((await sizeOf(file)) > 0 && (await md5Of(file)) === md5) return;
  const part = `${file}.part`;
  for (let failures = 0; ; ) {
    const before = await sizeOf(part);
    try {
      await fetchRest(url, part, onProgress);
      break;
    } catch (cause) {
      const have = await sizeOf(part);
      failures = have > before ? 0 : failures + 1;
      if (cause instanceof Refusal || failures >= attempts)
        throw new Error(
          `download: ${url}: ${(cause as Error).message}${have ? `; run it again to go on from byte ${have}` : ""}`,
          { cause },
        );
      await setTimeout(wait * failures);
    }
  }
  const found = await md5Of(part);
  if (found !== md5) {
    await rm(part);
    throw new Error(`download: ${url}: its MD5 is ${found}, not ${md5}; nothing of it was kept`);
  }
  await rename(part, file);
}

async function fetchRest(
  url: string,
  part: string,
  onProgress?: DownloadOptions["onProgress"],
): Promise<void> {
  const have = await sizeOf(part);
  const response = await request(url, have);
  const { statusCode, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(headers["content-range"] ?? "");
  if (statusCode === 416 && have > 0) {
    response.destroy();
    if (Number(range?.[2]) === have) return; // it was whole already
    await rm(part);
    throw new Error("what lies here is longer than the file; begun anew");
  }
  if (statusCode !== 200 && statusCode !== 206) {
    response.destroy();
    throw new Refusal(`the server answers ${statusCode} ${response.statusMessage}`);
  }
  const start = statusCode === 206 ? Number(range?.[1]) : 0; // a server without ranges sends all of it
  if (start !== 0 && start !== have) {
    response.destroy();
    throw new Refusal(`the server answers from byte ${start}, asked for ${have}`);
  }
  const length = headers["content-length"];
  const total = length === undefined ? undefined : start + Number(length);
  let done = start;
  await using handle = await open(part, start > 0 ? "a" : "w");
  for await (const chunk of response) {
    await handle.writeFile(chunk as Buffer);
    done += (chunk as Buffer).length;
    onProgress?.(done, total);
  }
  await handle.sync();
}

/** The answer to GET, from byte `start` on; redirections are followed. */
async function request(url: string, start: number, redirections = 5): Promise<IncomingMessage> {
  const headers = start > 0 ? { range: `bytes=${start}-` } : {};
  const get = url.startsWith("https:") ? getHttps : getHttp;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = get(url, { headers, timeout: 60_000 }, resolve);
    asked.on("timeout", () => asked.destroy(new Error("no answer for a minute")));
    asked.on("error", reject);
  });
  const { statusCode = 0, headers: answered } = response;
  if (statusCode < 300 || statusCode >= 400 || !answered.location) return response;
  response.destroy();
  if (redirections === 0) throw new Refusal("it redirects without end");
  return request(new URL(answered.location, url).href, start, redirections - 1);
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function md5Of(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
