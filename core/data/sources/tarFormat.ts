import { oneLine } from "../../oneLine.ts";

const BLOCK = 512;
const LONGEST = 65_536; // bytes of a long name or a pax header: a limit on what a damaged size can make us read

/** A regular file of an archive: `size` bytes at `offset`. */
export interface TarFile {
  name: string;
  offset: number;
  size: number;
}

/**
 * The regular files of a tar archive in its order: ustar, with pax's and GNU's long names and large sizes.
 *
 *     read(offset, length) -> the bytes there, fewer at the end of the archive's `bytes`
 *
 * Folders are passed over. Everything that is no plain archive of files throws, named after `archive`: links, devices,
 * sparse files, absolute names, `..`, a name twice, a wrong checksum, an archive cut short.
 *
 * POSIX.1-2024, pax, "ustar interchange format" and "pax header".
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function* tarFiles(
  archive: string,
  read: (offset: number, length: number) => Uint8Array,
  bytes: number,
): Generator<TarFile> {
  const names = new Set<string>();
  let next: { name?: string; size?: number } = {}; // what an extended header says of the file after it
  for (let at = 0; ; ) {
    const here = at;
    const block = read(here, BLOCK);
    if (block.length < BLOCK)
      throw fault(archive, here, bytes < BLOCK ? "too short for a tar" : "truncated: it has no end");
    if (block.every((byte) => byte === 0)) return;
    const header = parse(archive, here, block);
    const { type } = header;
    const extended = type === "x" || type === "g" || type === "L";
    const size = extended ? header.size : (next.size ?? header.size);
    const offset = here + BLOCK;
    if (offset + size > bytes)
      throw fault(archive, here, `truncated: ${header.name} ends beyond the archive`);
    at = offset + Math.ceil(size / BLOCK) * BLOCK;

    if (type === "g") continue; // for all that follows: comments, such as git's commit
    if (extended) {
      if (size > LONGEST)
        throw fault(archive, here, `a header of ${size} bytes; at most ${LONGEST} are read`);
      const data = read(offset, size);
      next = { ...next, ...(type === "L" ? { name: text(data) } : paxRecords(archive, here, data)) };
      continue;
    }
    const stated = next.name ?? header.name;
    const name = plain(archive, here, stated);
    next = {};
    if (type === "5" || (type === "0" && stated.endsWith("/"))) continue; // a folder, as POSIX or as V7 has it
    if (type !== "0")
      throw fault(archive, here, `${name} is ${KINDS[type] ?? `of type "${type}"`}; only files may be in it`);
    if (name === "") throw fault(archive, here, "a file without a name");
    if (names.has(name)) throw fault(archive, here, `${name} is in it twice`);
    names.add(name);
    yield { name, offset, size };
  }
}

const KINDS: Record<string, string> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a character device",
  "4": "a block device",
  "6": "a pipe",
  K: "a link with a long name",
  S: "a sparse file",
};

const fault = (archive: string, at: number, what: string) =>
  new Error(`tar: ${archive}: at byte ${at}: ${oneLine(what)}`);

function parse(archive: string, at: number, block: Uint8Array): { name: string; size: number; type: string } {
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  const stated = octal(block.subarray(148, 156));
  if (sum !== stated) {
    if (at === 0 && block[0] === 0x1f && block[1] === 0x8b)
      throw fault(archive, at, "it is compressed; gunzip it first");
    throw fault(
      archive,
      at,
      `not a tar header, or a damaged one: its checksum is ${sum} but states ${stated}`,
    );
  }
  const size = block[124] & 0x80 ? binary(block.subarray(124, 136)) : octal(block.subarray(124, 136));
  if (!Number.isSafeInteger(size)) throw fault(archive, at, "a size that is no number");
  const name = text(block.subarray(0, 100));
  const ustar = text(block.subarray(257, 263)) === "ustar"; // GNU's "ustar  " keeps times where ustar has the prefix
  const prefix = ustar ? text(block.subarray(345, 500)) : "";
  const type = block[156] === 0 || block[156] === 0x37 ? "0" : String.fromCharCode(block[156]); // 7: contiguous
  return { name: prefix ? `${prefix}/${name}` : name, size, type };
}

/** The name without "./" and doubled slashes; throws if it could lead out of a folder that it were unpacked in. */
function plain(archive: string, at: number, name: string): string {
  if (name.startsWith("/") || /^[a-z]:[\\/]/i.test(name))
    throw fault(archive, at, `${name} is an absolute name`);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw fault(archive, at, `${name} leads out of the archive by ".."`);
  return parts.join("/");
}

/** Records "<length> <key>=<value>\n", of which path and size are heeded. */
function paxRecords(archive: string, at: number, data: Uint8Array): { name?: string; size?: number } {
  const found: { name?: string; size?: number } = {};
  for (let start = 0; start < data.length; ) {
    const space = data.indexOf(0x20, start);
    const length = space < 0 ? Number.NaN : Number(text(data.subarray(start, space)));
    const end = start + length;
    if (
      !(
        Number.isInteger(length) &&
        length > space - start + 1 &&
        end <= data.length &&
        data[end - 1] === 0x0a
      )
    )
      throw fault(archive, at + start, "a damaged pax header");
    const record = text(data.subarray(space + 1, end - 1));
    if (record.startsWith("path=")) found.name = record.slice(5);
    if (record.startsWith("size=")) found.size = Number(record.slice(5));
    if (record.startsWith("GNU.sparse."))
      throw fault(archive, at + start, "a sparse file; only plain files may be in it");
    start = end;
  }
  if (found.size !== undefined && !(Number.isSafeInteger(found.size) && found.size >= 0))
    throw fault(archive, at, "a size that is no number");
  return found;
}

/** Up to the first zero byte, as UTF-8. */
function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

const decoder = new TextDecoder();

/** Octal digits between spaces and zeros; NaN if there is anything else. */
function octal(field: Uint8Array): number {
  const digits = text(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
}

/** GNU's form of a large number: big-endian, the first bit set as its mark. */
const binary = (field: Uint8Array) =>
  field.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & 0x7f : byte), 0);
