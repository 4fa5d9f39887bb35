/**
 * The 32-bit cyclic redundancy check of a polynomial, given with its bits reflected: begun with all ones, inverted at the end.
 * A table of the 256 bytes' remainders, as in https://www.w3.org/TR/png-3, annex D.
 */
function crc(reflected: number): (bytes: Uint8Array) => number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? reflected : 0);
    return rest;
  });
  return (bytes) => {
    let rest = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) rest = table[(rest ^ bytes[i]) & 255] ^ (rest >>> 8);
    return ~rest >>> 0;
  };
}

/** PNG's. */
export const crc32 = crc(0xedb88320);

/** Castagnoli's. RFC 3720, appendix B.4, has values to compare with. */
export const crc32c = crc(0x82f63b78);
