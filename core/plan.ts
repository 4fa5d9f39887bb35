/** A stretch of memory that is needed from one command to another. */
export interface Planned {
  readonly bytes: number;
  readonly first: number;
  last: number;
  /** Stretches that may not lie in the same arena: what the command that writes this one reads. */
  readonly apart: Planned[];
  arena?: number;
  offset?: number;
}

const overlaps = (a: Planned, b: Planned): boolean => a.first <= b.last && b.first <= a.last;

/**
 * Chooses an arena and an offset for each stretch so that stretches needed at the same time do not overlap:
 * arenas in order of need, the emptiest first; offsets largest first, each at the lowest gap that holds it.
 *
 * Greedy by size is within a few per cent of the lower bound on convolutional networks
 * (Pisarchyk and Lee 2020, https://arxiv.org/abs/2001.03288).
 */
export function planArenas(stretches: Planned[], arenas: number): { sizes: number[] } {
  const members: Planned[][] = Array.from({ length: arenas }, () => []);
  for (const stretch of stretches) stretch.arena = undefined; // of an earlier plan
  for (const stretch of stretches.toSorted((a, b) => a.first - b.first)) {
    const live = members.map((group, arena) => ({
      arena,
      barred: arenas > 1 && stretch.apart.some((other) => other.arena === arena && other !== stretch),
      bytes: group.reduce((sum, other) => sum + (overlaps(stretch, other) ? other.bytes : 0), 0),
    }));
    const free = live.filter(({ barred }) => !barred);
    if (!free.length)
      throw new Error(`plan: a command reads ${stretch.apart.length} tensors; ${arenas} arenas are too few`);
    stretch.arena = free.reduce((best, next) => (next.bytes < best.bytes ? next : best)).arena;
    members[stretch.arena].push(stretch);
  }
  return { sizes: members.map(placeBySize) };
}

/** More arenas for as long as one of them exceeds what a device takes in one piece. */
const MOST_ARENAS = 64;

/**
 * As `planArenas`, with more arenas, if there are several, where the largest would be of more than `most` bytes: they are then
 * smaller, and some per cent larger all together.
 */
export function planWithin(stretches: Planned[], arenas: number, most: number): { sizes: number[] } {
  let plan = planArenas(stretches, arenas);
  for (let more = arenas; arenas > 1 && more < MOST_ARENAS && Math.max(...plan.sizes) > most; ) {
    more = Math.min(Math.ceil(1.5 * more), MOST_ARENAS);
    plan = planArenas(stretches, more);
  }
  return plan;
}

/** Gives offsets within one arena; returns its size in bytes. */
function placeBySize(group: Planned[]): number {
  const done: Planned[] = [];
  let end = 0;
  for (const stretch of group.toSorted((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const rivals = done.filter((other) => overlaps(stretch, other)).sort((a, b) => a.offset! - b.offset!);
    let offset = 0;
    for (const rival of rivals) {
      if (rival.offset! - offset >= stretch.bytes) break;
      offset = Math.max(offset, rival.offset! + rival.bytes);
    }
    stretch.offset = offset;
    done.push(stretch);
    end = Math.max(end, offset + stretch.bytes);
  }
  return end;
}
