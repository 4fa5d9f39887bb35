import { oneLine } from "./oneLine.ts";

/**
 * The safetensors format, read and written as pure functions of bytes.
 *
 *     u64 little-endian: N | N bytes of JSON: {name: {dtype, shape, data_offsets: [begin, end]}, __metadata__} | data
 *
 * Elements are little-endian, row-major; tensors cover the data without holes or overlaps.
 *
 * https://huggingface.co/docs/safetensors/index#format
 */

/** Bytes of one element. */
export const SAFETENSORS_DTYPES = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDtype = keyof typeof SAFETENSORS_DTYPES;

/** `data` as it lies in the file: little-endian, row-major. When parsed, a view of the file's bytes, not a copy. */
export type SafetensorsTensor = { dtype: SafetensorsDtype; shape: readonly number[]; data: Uint8Array };

export type Safetensors = { tensors: Map<string, SafetensorsTensor>; metadata: Record<string, string> };

/** The reference implementation's bound on the header, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;

const METADATA = "__metadata__";

function check(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`safetensors: ${oneLine(rule)}`); // names are the file's
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/** Bytes that a tensor occupies; throws where the number is not exact. */
function byteLength(name: string, dtype: SafetensorsDtype, shape: readonly number[]): number {
  const bytes = shape.reduce((product, extent) => product * extent, SAFETENSORS_DTYPES[dtype]);
  check(isCount(bytes), `${name}: the shape [${shape.join(", ")}] overflows`);
  return bytes;
}

/** One entry of the header, before it is known whether it fits the others. */
function parseEntry(name: string, entry: unknown) {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  check(
    typeof dtype === "string" && Object.hasOwn(SAFETENSORS_DTYPES, dtype),
    `${name}: unknown dtype ${typeof dtype === "string" ? dtype : typeof dtype}`, // text of an object may not exist
  );
  check(isCounts(shape), `${name}: the shape is not a list of extents`);
  check(isCounts(offsets) && offsets.length === 2, `${name}: data_offsets is not a pair of byte counts`);
  const [begin, end] = offsets;
  const known = dtype as SafetensorsDtype; // a key of the table, as just checked
  const bytes = byteLength(name, known, shape);
  check(
    end - begin === bytes,
    `${name}: ${dtype} [${shape.join(", ")}] takes ${bytes} bytes, not ${end - begin}`,
  );
  return { name, dtype: known, shape, begin, end };
}

function parseMetadata(metadata: unknown): Record<string, string> {
  const strings = (record: Record<string, unknown>): record is Record<string, string> =>
    Object.values(record).every((value) => typeof value === "string");
  check(isRecord(metadata) && strings(metadata), `${METADATA} is not a record of strings`);
  return metadata;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = text.startsWith("{") && JSON.parse(text); // no space may precede the object
  } catch (cause) {
    throw new Error("safetensors: the header is not JSON in UTF-8", { cause });
  }
  check(isRecord(header), "the header does not begin with an object");
  return header;
}

/** Reads and verifies a whole file. Throws `safetensors: <what is wrong>`. */
export function parseSafetensors(bytes: Uint8Array, { maxHeaderBytes = MAX_HEADER_BYTES } = {}): Safetensors {
  check(bytes.length >= 8, `${bytes.length} bytes are too few for a header`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  check(
    length <= maxHeaderBytes,
    `a header of ${length} bytes exceeds ${maxHeaderBytes}; this is hardly a safetensors file`,
  );
  check(8 + length <= bytes.length, `the header of ${length} bytes is cut off after ${bytes.length - 8}`);
  const header = parseHeader(bytes.subarray(8, 8 + length));
  const data = bytes.subarray(8 + length);

  const metadata = Object.hasOwn(header, METADATA) ? parseMetadata(header[METADATA]) : {};
  const entries = Object.keys(header).filter((name) => name !== METADATA);
  const parsed = entries.map((name) => parseEntry(name, header[name]));
  parsed.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, SafetensorsTensor>();
  let covered = 0;
  for (const { name, dtype, shape, begin, end } of parsed) {
    check(
      begin === covered,
      `${name}: begins at ${begin} where ${covered} was due, which leaves a hole or an overlap`,
    );
    check(end <= data.length, `${name}: ends at ${end}, past the data's ${data.length} bytes`);
    tensors.set(name, { dtype, shape, data: data.subarray(begin, end) });
    covered = end;
  }
  check(covered === data.length, `the tensors cover ${covered} of the data's ${data.length} bytes`);
  return { tensors, metadata };
}

/** Elements of wide types first, so that each tensor is aligned to its element; then by name. */
const byWidthAndName = ([a, x]: [string, SafetensorsTensor], [b, y]: [string, SafetensorsTensor]): number =>
  SAFETENSORS_DTYPES[y.dtype] - SAFETENSORS_DTYPES[x.dtype] || (a < b ? -1 : 1);

/**
 * The file in pieces, to be written one after the other: the header, then each tensor's own bytes, uncopied. The same
 * tensors give the same bytes whatever their order; the data begins at a multiple of 8.
 */
export function* safetensorsChunks(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const ordered = [...tensors].sort(byWidthAndName);
  const keys = Object.keys(metadata).sort();
  const header: [string, unknown][] = [];
  if (keys.length > 0) header.push([METADATA, Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  let begin = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    check(name !== METADATA, `a tensor cannot be called ${METADATA}`);
    const bytes = byteLength(name, dtype, shape);
    check(
      data.length === bytes,
      `${name}: ${dtype} [${shape.join(", ")}] takes ${bytes} bytes, not ${data.length}`,
    );
    header.push([name, { dtype, shape, data_offsets: [begin, begin + bytes] }]);
    begin += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  check(length <= MAX_HEADER_BYTES, `a header of ${length} bytes exceeds ${MAX_HEADER_BYTES}`);
  const head = new Uint8Array(8 + length).fill(0x20); // padded with spaces
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, 8);
  yield head;
  for (const [, { data }] of ordered) yield data;
}

/** The whole file in one piece. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const chunks = [...safetensorsChunks(tensors, metadata)];
  const file = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}
