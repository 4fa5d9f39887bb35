/** Ctrl-C is SIGINT; `kill` and schedulers send SIGTERM. */
const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;
export type Signal = keyof typeof NUMBERS;
const names = Object.keys(NUMBERS) as Signal[];

/** The exit code of what a signal ended, as shells have it. */
export const codeOf = (name: Signal): number => 128 + NUMBERS[name];

const exit = (name: Signal): void => process.exit(codeOf(name));

/** From now on a signal ends the process at once, with its code. */
export function exitOnSignals(): void {
  for (const name of names) process.on(name, exit);
  if (process.env.npm_lifecycle_event) followParent();
}

/** npm passes a signal on to the shell in which it runs a command; the shell dies of it and leaves the command running. */
function followParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.emit("SIGTERM", "SIGTERM");
  }, 250);
  timer.unref();
}

/** ms. A shell may become the command that it runs: one Ctrl-C then comes twice, from the terminal and from npm. */
const ECHO = 500;

export interface Stopping extends Disposable {
  /** The signal that came. */
  readonly by?: Signal;
}

/** Until this is disposed of, a first signal aborts the controller; only a second one ends the process. */
export function stopOnSignals(controller: AbortController): Stopping {
  let first: { name: Signal; at: number } | undefined;
  function stop(name: Signal): void {
    const at = performance.now();
    const echo = process.env.npm_lifecycle_event && name === first?.name && at - first.at < ECHO;
    if (first && !echo) exit(name);
    first ??= { name, at };
    controller.abort();
  }
  for (const name of names) process.off(name, exit).on(name, stop);
  return {
    get by() {
      return first?.name;
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, stop).on(name, exit);
    },
  };
}
