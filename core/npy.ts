const BLOCK = 64; // bytes: the data begins at a multiple, so that they may be mapped into memory
const HEAD = 10; // magic, version, length of the header

/**
 * A matrix of f32 in NumPy's format 1.0, in pieces to be written one after the other.
 *
 *     \x93NUMPY 1 0 | u16 little-endian: N | N bytes: a Python dict, spaces, a newline | values, little-endian, row-major
 *
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function* npyChunks(
  [rows, columns]: readonly [rows: number, columns: number],
  values: Float32Array,
): Generator<Uint8Array> {
  if (values.length !== rows * columns)
    throw new RangeError(`npy: [${rows}, ${columns}] takes ${rows * columns} values, not ${values.length}`);
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const whole = Math.ceil((HEAD + text.length + 1) / BLOCK) * BLOCK;
  const head = new Uint8Array(whole).fill(0x20);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(head.buffer).setUint16(8, whole - HEAD, true);
  head.set(new TextEncoder().encode(text), HEAD);
  head[whole - 1] = 0x0a;
  yield head;
  yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
