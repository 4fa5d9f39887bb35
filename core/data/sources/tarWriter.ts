const BLOCK = 512;

/** What ends an archive: two blocks of zeros. */
export const TAR_END = new Uint8Array(2 * BLOCK);

/**
 * A file as a member of a tar archive: header, data, zeros up to a whole block. Without owner and time: the same files
 * give the same archive.
 *
 * POSIX.1-2024, pax, "ustar interchange format".
 */
export function tarMember(name: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder();
  const bytes = text.encode(name);
  if (bytes.length > 100) throw new Error(`tar: a name of at most 100 bytes; got ${name}`);
  const member = new Uint8Array(BLOCK + Math.ceil(data.length / BLOCK) * BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    member.set(text.encode(value.toString(8).padStart(digits, "0")), at);
  member.set(bytes, 0);
  octal(0o644, 100, 7); // mode
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(data.length, 124, 11);
  octal(0, 136, 11); // time
  member.fill(0x20, 148, 156); // what the checksum is taken over
  member.set(text.encode("0ustar\x0000"), 156); // a file; magic and version
  octal(
    member.subarray(0, BLOCK).reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  member[154] = 0;
  member.set(data, BLOCK);
  return member;
}
