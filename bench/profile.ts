import type { Backend, Command, Executable } from "../core/backend.ts";
import type { Call } from "../core/tensor.ts";
import type { Training } from "../core/train/training.ts";
import { fixed, percent, table, total } from "./table.ts";

/** One command of a program, and the milliseconds that its runs took. */
interface Entry {
  readonly command: Command;
  ms: number;
}

/** Steps that are profiled, and lines of the table by shape. */
const STEPS = 5;
const LINES = 20;

/** Where a step's time goes, each command running alone: tables, and the operations of products and convolutions. */
export async function profileSteps(
  backend: Backend,
  open: (backend: Backend) => Promise<Training>,
): Promise<{ text: string; operations: number }> {
  const entries: Entry[] = [];
  const training = await open(separately(backend, entries));
  await training.next();
  for (const entry of entries) entry.ms = 0; // a first run compiles
  for (let i = 0; i < STEPS; i++) await training.next();
  training.free();
  const ms = total(entries.map((entry) => entry.ms)) / STEPS;
  const head = `\n${entries.length} commands, each alone: ${fixed(ms)} ms a step\n`;
  const [byOp, byShape] = [tableBy(entries, ({ op }) => op), tableBy(entries, describe, LINES)];
  return {
    text: [head, byOp, "", byShape].join("\n"),
    operations: total(entries.map(({ command }) => operationsOf(command.call))),
  };
}

/** A backend that compiles every command as a segment of its own, and times each to its end. */
function separately(backend: Backend, entries: Entry[]): Backend {
  async function compile(commands: readonly Command[], segments: readonly number[]): Promise<Executable> {
    const inner = await backend.compile(commands, [...commands.keys()]);
    const own = commands.map((command): Entry => ({ command, ms: 0 }));
    entries.push(...own);
    return {
      async run(segment) {
        const from = segment === undefined ? 0 : segments[segment];
        const end = segment === undefined ? commands.length : (segments[segment + 1] ?? commands.length);
        for (let i = from; i < end; i++) {
          const { storage, offset } = commands[i].output;
          const start = performance.now();
          await inner.run(i);
          if (backend.name === "wgsl") await backend.read(storage, offset, "f32", 1); // its run does not wait
          own[i].ms += performance.now() - start;
        }
      },
      free: () => inner.free(),
    };
  }
  return { ...backend, compile };
}

/** Multiplications and additions of matrix products and convolutions; the rest is bound by memory. */
export function operationsOf({ op, u32 }: Call): number {
  if (op === "matmul") return 2 * u32.M * u32.N * u32.K;
  if (!op.startsWith("conv2d")) return 0;
  return (2 * u32.N * u32.OH * u32.OW * u32.O * u32.KH * u32.KW * u32.C) / u32.groups;
}

/** Bytes that a command reads and writes at least. */
const bytesOf = ({ call, inputs, output }: Command): number =>
  total([...inputs, output].map(({ bytes }) => bytes)) + (call.inPlace ? output.bytes : 0);

/** The op; for convolutions and products their shape, too: conv2d 16->32 3x3/2 on 32x32. */
function describe({ op, u32 }: Call): string {
  if (op === "matmul") return `${op} ${u32.M}x${u32.N}x${u32.K} ${u32.ta ? "T" : "N"}${u32.tb ? "T" : "N"}`;
  if (!op.startsWith("conv2d")) return op;
  return `${op} ${u32.C}->${u32.O} ${u32.KH}x${u32.KW}/${u32.stride} on ${u32.H}x${u32.W}`;
}

/** The costliest first. */
function tableBy(entries: readonly Entry[], key: (call: Call) => string, most?: number): string {
  const all = total(entries.map(({ ms }) => ms));
  const groups = [...Map.groupBy(entries, ({ command }) => key(command.call))].map(([name, members]) => {
    const ms = total(members.map((each) => each.ms)) / STEPS;
    const operations = total(members.map(({ command }) => operationsOf(command.call)));
    const bytes = total(members.map(({ command }) => bytesOf(command)));
    const share = (ms * STEPS) / all;
    return {
      ms,
      cells: [
        name,
        String(members.length),
        fixed(ms, 2),
        percent(share),
        rate(operations, ms),
        rate(bytes, ms),
      ],
    };
  });
  const sorted = groups.toSorted((a, b) => b.ms - a.ms).slice(0, most);
  return table(
    [most ? "op and shape" : "op", "calls", "ms a step", "share", "GFLOP/s", "GB/s"],
    sorted.map(({ cells }) => cells),
  );
}

const rate = (count: number, ms: number): string => (count ? fixed(count / ms / 1e6) : "");
