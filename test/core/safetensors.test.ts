import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseSafetensors,
  SAFETENSORS_DTYPES,
  type SafetensorsDtype,
  type SafetensorsTensor,
  writeSafetensors,
} from "../../core/safetensors.ts";

/** A file with this header text and this many bytes of data. */
function file(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const f32 = (...values: number[]): Uint8Array => new Uint8Array(new Float32Array(values).buffer);

const tensor = (dtype: SafetensorsDtype, shape: number[], data: Uint8Array): SafetensorsTensor => ({
  dtype,
  shape,
  data,
});

const small = writeSafetensors(
  new Map([
    ["fc.bias", tensor("F32", [2], f32(1, -2))],
    ["steps", tensor("U8", [3], Uint8Array.of(7, 8, 9))],
  ]),
  { format: "pt" },
);

const anyTensor = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(SAFETENSORS_DTYPES) as SafetensorsDtype[])),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.nat(255),
  })
  .map(({ dtype, shape, seed }) => {
    const bytes = shape.reduce((product, extent) => product * extent, SAFETENSORS_DTYPES[dtype]);
    return tensor(
      dtype,
      shape,
      Uint8Array.from({ length: bytes }, (_, i) => seed + i),
    );
  });
const anyName = fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__");
const anyMetadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });

describe("safetensors", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyName, anyTensor)), anyMetadata, (entries, metadata) => {
        const tensors = new Map(entries);
        const read = parseSafetensors(writeSafetensors(tensors, metadata));
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
        expect(read.metadata).toEqual(metadata);
      }),
    );
  });

  it("writes the same bytes whatever the order, with every tensor aligned to its element", () => {
    const entries: [string, SafetensorsTensor][] = [
      ["b", tensor("U8", [3], Uint8Array.of(1, 2, 3))],
      ["a", tensor("F32", [], f32(5))],
      ["c", tensor("F64", [1], new Uint8Array(8))],
    ];
    const bytes = writeSafetensors(new Map(entries), { x: "1", y: "2" });
    expect(writeSafetensors(new Map(entries.toReversed()), { y: "2", x: "1" })).toEqual(bytes);
    for (const { dtype, data } of parseSafetensors(bytes).tensors.values())
      expect(data.byteOffset % SAFETENSORS_DTYPES[dtype]).toBe(0);
  });

  it("writes the layout of the format, byte by byte", () => {
    const header = '{"__metadata__":{"k":"v"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const expected = file(header.padEnd(80), 4);
    expected.set(f32(1.5), expected.length - 4);
    expect(writeSafetensors(new Map([["x", tensor("F32", [1], f32(1.5))]]), { k: "v" })).toEqual(expected);
  });

  it("gives views, not copies", () => {
    const { tensors } = parseSafetensors(small);
    expect(tensors.get("fc.bias")!.data.buffer).toBe(small.buffer);
  });

  it("reads a file that lies in the middle of a buffer", () => {
    const buffer = new Uint8Array(small.length + 5);
    buffer.set(small, 3);
    expect(parseSafetensors(buffer.subarray(3, 3 + small.length))).toEqual(parseSafetensors(small));
  });

  it("refuses to write a tensor whose bytes do not fill its shape", () => {
    const misfit = new Map([["x", tensor("F32", [3], f32(1, 2))]]);
    expect(() => writeSafetensors(misfit)).toThrow("safetensors: x: F32 [3] takes 12 bytes, not 8");
  });
});

describe("safetensors refuses", () => {
  const x = (entry: string, dataBytes: number) => file(`{"x":${entry}}`, dataBytes);
  const two = (a: string, b: string, dataBytes: number) =>
    file(
      `{"a":{"dtype":"U8","shape":[2],"data_offsets":${a}},"b":{"dtype":"U8","shape":[2],"data_offsets":${b}}}`,
      dataBytes,
    );
  const huge = new Uint8Array(8).fill(255);
  const cases: [what: string, bytes: Uint8Array, message: string][] = [
    ["an empty file", new Uint8Array(), "0 bytes are too few"],
    ["a header of 2^64 - 1 bytes", huge, "exceeds 100000000; this is hardly a safetensors file"],
    ["a header that is not JSON", file("{not json}", 0), "not JSON"],
    ["a header that is not UTF-8", new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff]), "not JSON in UTF-8"],
    ["a header nested too deep", file(`{"x":${"[".repeat(1e6)}`, 0), "not JSON"],
    ["a header that is a list", file("[]", 0), "does not begin with an object"],
    ["a space before the header", file(" {}", 0), "does not begin with an object"],
    ["metadata that are not strings", file('{"__metadata__":{"step":1}}', 0), "not a record of strings"],
    ["an entry that is no object", x("3", 0), "x: unknown dtype undefined"],
    ["an unknown dtype", x('{"dtype":"F12","shape":[],"data_offsets":[0,4]}', 4), "x: unknown dtype F12"],
    [
      "a dtype of every object",
      x('{"dtype":"toString","shape":[],"data_offsets":[0,4]}', 4),
      "unknown dtype",
    ],
    ["a negative extent", x('{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}', 1), "not a list of extents"],
    [
      "a fractional extent",
      x('{"dtype":"U8","shape":[0.5],"data_offsets":[0,1]}', 1),
      "not a list of extents",
    ],
    ["a missing shape", x('{"dtype":"U8","data_offsets":[0,1]}', 1), "not a list of extents"],
    ["three offsets", x('{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}', 2), "not a pair"],
    [
      "a shape that overflows",
      x('{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}', 0),
      "overflows",
    ],
    [
      "a shape that misfits",
      x('{"dtype":"F32","shape":[2],"data_offsets":[0,4]}', 4),
      "takes 8 bytes, not 4",
    ],
    ["reversed offsets", x('{"dtype":"U8","shape":[0],"data_offsets":[4,0]}', 4), "takes 0 bytes, not -4"],
    ["a hole", two("[0,2]", "[3,5]", 5), "b: begins at 3 where 2 was due"],
    ["an overlap", two("[0,2]", "[1,3]", 3), "b: begins at 1 where 2 was due"],
    ["data behind the last tensor", two("[0,2]", "[2,4]", 5), "cover 4 of the data's 5 bytes"],
    ["a tensor past the end", two("[0,2]", "[2,4]", 3), "b: ends at 4, past the data's 3 bytes"],
  ];
  it.each(cases)("%s", (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(message);
    expect(() => parseSafetensors(bytes)).toThrow(/^safetensors: /);
  });

  it("a header above the bound that the caller sets", () => {
    expect(() => parseSafetensors(small, { maxHeaderBytes: 16 })).toThrow(/a header of \d+ bytes exceeds 16/);
  });

  it("a file cut at any length", () => {
    for (let length = 0; length < small.length; length++)
      expect(() => parseSafetensors(small.subarray(0, length))).toThrow(/^safetensors: /);
  });

  it("or reads, but never crashes on, a header with any bit flipped", () => {
    const headerEnd = small.length - 11;
    for (let bit = 0; bit < headerEnd * 8; bit++) {
      const flipped = small.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        parseSafetensors(flipped);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: safetensors: /);
      }
    }
  });
});
