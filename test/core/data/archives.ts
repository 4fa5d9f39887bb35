// Tar archives by hand, right and wrong ones.

export interface Member {
  name: string;
  data?: Uint8Array;
  /** "0" file, "5" folder, "2" symbolic link, "x" pax header, "L" long name, ... */
  type?: string;
  /** States another size than the data's. */
  size?: number;
  prefix?: string;
}

const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, "0") + "\0";

export function tarHeader({ name, data, type = "0", size = data?.length ?? 0, prefix = "" }: Member): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(size, 12), 124);
  block.write("        ", 148); // what the checksum is taken over
  block.write(type, 156);
  block.write("ustar\x0000", 257, "latin1");
  block.write(prefix, 345);
  return withChecksum(block);
}

export function withChecksum(block: Buffer): Buffer {
  block.fill(" ", 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return block;
}

export function member(entry: Member): Buffer {
  const data = entry.data ?? Buffer.alloc(0);
  return Buffer.concat([tarHeader(entry), data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

export const END = Buffer.alloc(1024);

export const tarOf = (...members: Member[]) => Buffer.concat([...members.map(member), END]);

/** "<length> <key>=<value>\n", the length counting itself. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length++;
  return Buffer.from(`${length} ${key}=${value}\n`);
}
