// Walks a program: every compute thread runs every command, each doing its own share, with a barrier between commands.

/** Barrier words in the first page, which nothing else uses: arrivals, generation, sleepers. */
const ARRIVED: usize = 64;
const GENERATION: usize = 128;
const SLEEPING: usize = 192;

/** Turns of the spin before a thread sleeps; fewer than about 1,000 cost a sleep and wake of 20 us at each barrier. */
const SPINS: u32 = 20000;

/** Returns when all threads have arrived. Kernels of several phases call it between them. */
export function barrier(threads: u32): void {
  if (ASC_FEATURE_THREADS) {
    if (threads == 1) return;
    const generation = atomic.load<u32>(GENERATION);
    if (atomic.add<u32>(ARRIVED, 1) == threads - 1) {
      atomic.store<u32>(ARRIVED, 0);
      atomic.add<u32>(GENERATION, 1);
      if (atomic.load<u32>(SLEEPING)) atomic.notify(GENERATION, -1);
      return;
    }
    for (let turn: u32 = 0; turn < SPINS; turn++) if (atomic.load<u32>(GENERATION) != generation) return;
    atomic.add<u32>(SLEEPING, 1);
    while (atomic.load<u32>(GENERATION) == generation) atomic.wait<i32>(GENERATION, generation, -1);
    atomic.sub<u32>(SLEEPING, 1);
  }
}

/**
 * Runs `count` commands from `list`, two words each: index of the kernel in the table, address of its arguments.
 * Arguments are words: addresses of inputs, output and scratch, then the u32 and the f32 fields of the op.
 */
export function run(list: usize, count: u32, thread: u32, threads: u32): void {
  for (let i: u32 = 0; i < count; i++, list += 8) {
    call_indirect<void>(load<u32>(list), load<usize>(list, 4), thread, threads);
    barrier(threads);
  }
}
