import { centreBox } from "../boxes.ts";
import type { Cut, ImageStream, Images } from "../source.ts";
import type { DecodePool } from "./decodePool.ts";
import { BATCH_BYTES } from "./resident.ts";
import type { Scanned } from "./scan.ts";
import { checkSkipped, mayBeSkipped } from "./skipping.ts";

/** A request under way, in memory of its own; positions are places in the batch. */
interface Request {
  /** Which image each position shows: as asked for, until that proves damaged. */
  shown: Uint32Array<ArrayBuffer>; // [N]
  views: readonly Cut[];
  boxes: Uint32Array<ArrayBuffer>[]; // [N, 4] a view
  /** By position: the damaged images that were to be shown there, in order. */
  damaged: Map<number, number[]>;
}

/**
 * A stream over scanned images, of `total` with those skipped before; the pool is its own from here on.
 *
 * Memory: of decoded pixels at most two answers a thread (of 1 MiB, or one image's views if they are more) and, in each
 * thread, one image: its file, and three to four copies of its pixels, which codecs keep for the largest so far.
 */
export function openStream(
  { entries, sizes }: Scanned,
  about: Images,
  total: number,
  pool: DecodePool,
): ImageStream {
  const { count, skipped } = about;
  const damage = new Map<number, string>(); // of images that proved damaged: the reasons
  const listed = new Set<number>();
  const most = mayBeSkipped(total);
  let last: Promise<unknown> = Promise.resolve(); // the request made last

  /** Moves a position on to an image that is not known to be damaged; gives up where so many are that the run ends. */
  function settle({ shown, boxes, damaged }: Request, position: number): boolean {
    while (damage.has(shown[position])) {
      const before = damaged.get(position) ?? [];
      damaged.set(position, before);
      before.push(shown[position]);
      if (before.length > most) return false;
      shown[position] = (shown[position] + 1) % count;
      const image = 2 * shown[position];
      const { top, left, height, width } = centreBox(sizes[image], sizes[image + 1], 1);
      for (const each of boxes) each.set([top, left, height, width], 4 * position);
    }
    return true;
  }

  /** Fills the positions first .. end - 1. */
  async function fill(request: Request, first: number, end: number): Promise<void> {
    const { shown, views, boxes } = request;
    const images = [...shown.subarray(first, end)];
    const { values, failures } = await pool.ask({
      do: "cut",
      entries: images.map((image) => entries[image]),
      sizes: Uint32Array.from(images.flatMap((image) => [sizes[2 * image], sizes[2 * image + 1]])),
      boxes: boxes.map((each) => each.slice(4 * first, 4 * end)),
      views: views.map(({ height, width }) => ({ height, width })),
    });
    let from = 0;
    for (const view of views) {
      const bytes = 3 * view.height * view.width;
      view.pixels.set(values.subarray(from, from + images.length * bytes), first * bytes);
      from += images.length * bytes;
    }
    values.buffer.transfer(0); // gives the memory back now, as in resident.ts
    for (const { position, reason } of failures) {
      damage.set(images[position], reason);
      const at = first + position;
      if (settle(request, at)) await fill(request, at, at + 1);
    }
  }

  /** Lists what one request met, in order of its positions; all before it have done so. */
  function list({ damaged }: Request): void {
    for (const position of [...damaged.keys()].sort((a, b) => a - b))
      for (const image of damaged.get(position) as number[]) {
        if (listed.has(image)) continue;
        listed.add(image);
        skipped.push({ name: about.names[image], reason: damage.get(image) as string });
      }
    checkSkipped(skipped, total, " so far");
  }

  async function serve(request: Request, before: Promise<unknown>): Promise<Uint32Array> {
    const { shown, views } = request;
    const N = shown.length;
    const bytes = views.reduce((sum, { height, width }) => sum + 3 * height * width, 0);
    const step = Math.max(1, Math.floor(BATCH_BYTES / bytes));
    const pieces: Promise<void>[] = [];
    for (let position = 0; position < N; position++) settle(request, position);
    for (let first = 0; first < N; first += step)
      pieces.push(fill(request, first, Math.min(N, first + step)));
    const ended = await Promise.allSettled(pieces); // all of them: nothing writes into the views after that
    const failed = ended.find((each) => each.status === "rejected");
    await before.catch(() => {});
    if (failed) throw failed.reason;
    list(request);
    return shown;
  }

  return {
    ...about,
    sizes,
    async cut(index, views) {
      check(index, views, sizes);
      const boxes = views.map((view) => Uint32Array.from(view.boxes));
      const request = { shown: index.slice(), views: [...views], boxes, damaged: new Map() };
      const result = serve(request, last);
      last = result;
      return result;
    },
    close: () => pool.close(),
  };
}

function check(index: Uint32Array, views: readonly Cut[], sizes: Uint32Array): void {
  const refuse = (rule: string): never => {
    throw new RangeError(`data: ${rule}`);
  };
  const N = index.length;
  const beyond = index.find((image) => image >= sizes.length / 2);
  if (beyond !== undefined) refuse(`images are numbered from 0 to ${sizes.length / 2 - 1}; got ${beyond}`);
  for (const { boxes, height, width, pixels } of views) {
    if (boxes.length !== 4 * N) refuse(`${N} boxes are ${4 * N} numbers; got ${boxes.length}`);
    if (pixels.length !== N * 3 * height * width)
      refuse(`${N} views of ${width} x ${height} take ${N * 3 * height * width} bytes; got ${pixels.length}`);
    for (const [i, image] of index.entries()) {
      const [top, left, rows, columns] = boxes.subarray(4 * i, 4 * i + 4);
      const [H, W] = sizes.subarray(2 * image, 2 * image + 2);
      const whole = [top, left, rows, columns].every((each) => Number.isInteger(each) && each >= 0);
      if (!whole || rows < 1 || columns < 1 || top + rows > H || left + columns > W)
        refuse(
          `a box lies within its image, in whole pixels; got ${columns} x ${rows} at (${left}, ${top}) ` +
            `of image ${image}, ${W} x ${H}`,
        );
    }
  }
}
