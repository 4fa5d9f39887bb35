/**
 * Checkpoints: one safetensors file a step, `<run>/checkpoints/step-00000042.safetensors`, and beside them `latest`, a
 * text file with the newest one's name.
 *
 * A kill or a full disk at any moment leaves the previous checkpoint in force: everything is written under a temporary
 * name, synced and renamed, and `latest` moves last. Reading verifies every byte by a SHA-256 over the whole file, taken
 * with 64 zeros in the digest's own place.
 */
import { createHash } from "node:crypto";
import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { oneLine } from "../oneLine.ts";
import { parseSafetensors, type SafetensorsTensor, safetensorsChunks } from "../safetensors.ts";
import type { Shape } from "../shape.ts";
import type { Dtype, Values } from "../tensor.ts";
import { makeFolder, writeAtomically } from "./files.ts";

/** The layout that this code writes, and the newest that it reads. */
const FORMAT_VERSION = 1;

export type CheckpointTensor = { readonly dtype: Dtype; readonly shape: Shape; readonly data: Values };

/**
 * `metadata` is the caller's: config, epoch, seed, SIMD level, code version, each as a string; step, format_version and
 * sha256 are taken.
 */
export type Checkpoint = {
  readonly step: number;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly metadata: Readonly<Record<string, string>>;
};

const stored = {
  f32: { dtype: "F32", values: Float32Array },
  u32: { dtype: "U32", values: Uint32Array },
  u8: { dtype: "U8", values: Uint8Array },
} as const;

const UNDIGESTED = "0".repeat(64);
const PIECE = 1 << 24; // bytes between two looks at the event loop

const fileOf = (step: number): string => `step-${String(step).padStart(8, "0")}.safetensors`;
const stepOf = (file: string): number => Number(/^step-(\d+)\.safetensors$/.exec(file)?.[1] ?? Number.NaN);

async function sha256(chunks: Iterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += PIECE) {
      hash.update(chunk.subarray(at, at + PIECE));
      await setImmediate(); // heartbeats and signals in between
    }
  return hash.digest("hex");
}

/** Removes what killed writers left, and all but the newest `keep` of the checkpoints up to `step`. */
async function prune(folder: string, step: number, keep: number): Promise<void> {
  const files = await readdir(folder);
  const past = files.filter((file) => stepOf(file) <= step).sort((a, b) => stepOf(b) - stepOf(a));
  for (const file of [...past.slice(keep), ...files.filter((name) => name.endsWith(".tmp"))])
    await rm(join(folder, file), { force: true });
}

/**
 * Writes a checkpoint into a run's folder, moves `latest` to it, then deletes all but the last `keep`. The tensors must
 * not change until the promise is settled. Resolves to the file's path; rejects with `checkpoint: ...`.
 */
export async function writeCheckpoint(
  run: string,
  { step, tensors, metadata }: Checkpoint,
  { keep = 2 } = {},
): Promise<string> {
  const entries = new Map<string, SafetensorsTensor>();
  for (const [name, { dtype, shape, data }] of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    entries.set(name, { dtype: stored[dtype].dtype, shape, data: bytes });
  }
  const own = { format_version: String(FORMAT_VERSION), step: String(step) };
  const chunks = (digest: string) => safetensorsChunks(entries, { ...metadata, ...own, sha256: digest });

  const folder = join(run, "checkpoints");
  const path = join(folder, fileOf(step));
  await makeFolder("checkpoint", folder);
  await writeAtomically("checkpoint", path, chunks(await sha256(chunks(UNDIGESTED))));
  await writeAtomically("checkpoint", join(folder, "latest"), [
    new TextEncoder().encode(`${fileOf(step)}\n`),
  ]);
  await prune(folder, step, Math.max(1, keep));
  return path;
}

/** Resolves to a whole file's bytes, of any size (readFile ends at 2 GiB). */
async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await using handle = await open(path, "r");
  const bytes = new Uint8Array((await handle.stat()).size);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(PIECE, bytes.length - at), at);
    if (bytesRead === 0) throw new Error("shrank while it was read");
    at += bytesRead;
  }
  return bytes;
}

/** Whether a run has a checkpoint in force. */
export const isSaved = (run: string): Promise<boolean> =>
  stat(join(run, "checkpoints", "latest")).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT" && code !== "ENOTDIR", // what cannot be looked at may be there
  );

/** The file that a path means: itself, or a run's latest checkpoint. */
async function locate(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Error(`checkpoint: ${path} does not exist`);
  if (!found.isDirectory()) return path;
  const latest = join(path, "checkpoints", "latest");
  const text = await readFile(latest, "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(`checkpoint: ${path} holds none: ${latest} does not exist`);
  const file = text.trim();
  if (Number.isNaN(stepOf(file)))
    throw new Error(`checkpoint: ${latest} names no checkpoint: ${JSON.stringify(file)}`);
  return join(path, "checkpoints", file);
}

function typed(name: string, { dtype: theirs, shape, data }: SafetensorsTensor): CheckpointTensor {
  const dtype = (Object.keys(stored) as Dtype[]).find((ours) => stored[ours].dtype === theirs);
  if (!dtype) throw new Error(`${name} is ${theirs}, but a checkpoint holds F32, U32 and U8 only`);
  const { values } = stored[dtype];
  const { buffer, byteOffset } = data.byteOffset % values.BYTES_PER_ELEMENT === 0 ? data : data.slice();
  const elements = data.length / values.BYTES_PER_ELEMENT;
  return { dtype, shape, data: new values(buffer as ArrayBuffer, byteOffset, elements) };
}

/** Parses and verifies the bytes of a checkpoint, of which it overwrites the digest. */
export async function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>): Promise<Checkpoint> {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { format_version: version, sha256: digest, step, ...rest } = metadata;
  if (version === undefined || digest === undefined || step === undefined)
    throw new Error("not a checkpoint of ssl-edge: its header lacks format_version, sha256 or step");
  if (!/^[1-9]\d*$/.test(version)) throw new Error(`format version "${oneLine(version, 20)}" is no number`);
  if (Number(version) > FORMAT_VERSION)
    throw new Error(`format version ${version} is newer than ${FORMAT_VERSION}; update ssl-edge to read it`);

  const at = Buffer.from(bytes.buffer).indexOf(digest); // the header comes first, so this is the digest's own place
  if (digest.length === UNDIGESTED.length) bytes.fill(0x30, at, at + digest.length);
  if ((await sha256([bytes])) !== digest)
    throw new Error("damaged: its bytes do not match its SHA-256; use another checkpoint");

  if (!/^\d{1,15}$/.test(step)) throw new Error(`its step is "${oneLine(step, 20)}", which is no number`);
  const entries = [...tensors].map(([name, tensor]): [string, CheckpointTensor] => [
    name,
    typed(name, tensor),
  ]);
  return { step: Number(step), tensors: new Map(entries), metadata: rest };
}

/**
 * Reads and verifies a checkpoint, given its file or its run's folder. Tensors are views of the file's bytes. Rejects
 * with one line, `checkpoint: <file>: <what is wrong>`.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = await locate(path);
  try {
    return await decodeCheckpoint(await readBytes(file));
  } catch (cause) {
    throw new Error(`checkpoint: ${file}: ${oneLine((cause as Error).message)}`, { cause });
  }
}
