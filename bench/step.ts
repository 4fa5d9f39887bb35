import { performance } from "node:perf_hooks";
import type { Backend, Executable } from "../core/backend.ts";
import { openTraining, type Training } from "../core/train/training.ts";
import { compare, printRows } from "./compare.ts";
import { type Contestant, interleave } from "./contestant.ts";
import type { Options, Report } from "./index.ts";
import { openTrainStep } from "./networks.ts";
import { describe, openBackend, pairs } from "./ours.ts";
import { measurePeak, PEAK } from "./peak.ts";
import { openTorch } from "./peers/torch.ts";
import { profileSteps } from "./profile.ts";
import type { Row } from "./row.ts";
import { fixed, median, percent, significant } from "./table.ts";
import { simclr, sizesFor } from "./training.ts";

/** Steps of warming up, of one sample, and samples. */
const WARM = 5;
const STEPS = 3;
const SAMPLES = 7;
/** JavaScript's share of a step. */
const MOST_JAVASCRIPT = 0.05;

/** One SimCLR step of a ResNet-18: time, JavaScript's part in it, and where the rest goes. */
export async function run({ backend: name, threads, revectorize, data }: Options): Promise<Report> {
  const device = await openBackend(name, threads, revectorize);
  const peak = await measurePeak(name, threads, pairs(device));
  const { width, batch } = sizesFor(device, { width: 16, batch: 256 });
  const { config, images } = await simclr(data, { width, batch, steps: 100, count: 10_000 });
  const torch = await openTorch({ threads, width, batch });
  if (typeof torch === "string") console.error(`without ${torch}`);
  const peer = typeof torch === "string" ? undefined : torch;
  const theirStep = peer?.cases.get("step");

  const { backend, waiting } = awaited(device);
  const training = await openTraining(config, images, backend);
  for (let i = 0; i < WARM; i++) await training.next();
  await training.drain();
  await theirStep?.(WARM);
  const samples: { ms: number; busy: number }[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    samples.push(await timeSteps(training));
    if (theirStep) theirs.push((await theirStep(STEPS)) / STEPS);
  }
  const javascript = await timeJavaScript(training, waiting);
  training.free();
  await peer?.close();
  const supervised = await measureTraining(device, { name, threads, peak });
  const profile = await profileSteps(device, (backend) => openTraining(config, images, backend));
  await device.close();

  const ms = median(samples.map((each) => each.ms));
  const busy = median(samples.map((each) => each.busy / each.ms));
  const floor = profile.operations / peak / 1e6;
  const their = theirs.length ? { value: median(theirs), ratio: median(theirs) / ms, threads } : undefined;

  console.log(
    `${describe(device)}\nSimCLR, ResNet-18 of width ${width}, batch ${batch}, ${images.count} images`,
  );
  console.log(
    `step ${fixed(ms)} ms, ${fixed((batch / ms) * 1000)} images/s: median of ${SAMPLES} times ${STEPS} steps`,
  );
  console.log(
    `${fixed(profile.operations / 1e9, 2)} GFLOP in products and convolutions, ${fixed(profile.operations / ms / 1e6)} a second; ` +
      `${fixed(floor)} ms at the peak of ${fixed(peak)} (${PEAK})`,
  );
  if (their)
    console.log(
      `torch ${fixed(their.value)} ms, ${threads} threads; ours is ${significant(their.ratio)}x as fast`,
    );
  // Dawn's binding looks for finished work by setImmediate as long as a promise is pending: the loop is always busy
  const share = name === "as" ? Math.max(busy, javascript / ms) : javascript / ms;
  console.log(
    `JavaScript: ${fixed(javascript, 2)} ms a step besides awaiting the device, ${percent(javascript / ms)}; ` +
      `event loop busy for ${percent(busy)}`,
  );
  console.log(profile.text);
  const holds = share < MOST_JAVASCRIPT;
  if (!holds)
    console.log(`violated: JavaScript takes ${percent(share)} of a step; bound ${percent(MOST_JAVASCRIPT)}`);

  const about = { shape: `${batch}x32x32x3`, backend: name, threads: name === "as" ? threads : undefined };
  printRows([supervised.row], supervised.peers);
  const rows: Row[] = [
    supervised.row,
    {
      ...about,
      ...{ name: `simclr-resnet18w${width}-step${batch}`, ours: ms, unit: "ms", floor },
      peers: their ? { torch: their } : {},
    },
    {
      ...about,
      ...{
        name: `simclr-resnet18w${width}-javascript`,
        ours: 100 * share,
        unit: "% of the step",
        floor: null,
        peers: {},
      },
    },
  ];
  return { rows, holds };
}

/** A step of supervised learning, ResNet-18 of width 64, batch 32, beside PyTorch's: images a second. */
async function measureTraining(
  device: Backend,
  { name, threads, peak }: { name: "as" | "wgsl"; threads: number; peak: number },
): Promise<{ row: Row; peers: readonly Contestant[] }> {
  const batch = 32;
  const training = await openTrainStep(device, { batch });
  const torch = await openTorch({ threads });
  const peers = typeof torch === "string" ? [] : [torch];
  const about = { name: "resnet18cifar-train32", shape: `${batch}x32x32x3` };
  const main: Contestant = {
    ...{ name, threads: name === "as" ? threads : undefined },
    cases: new Map([[about.name, training.run]]),
    close: async () => training.free(),
  };
  const samples = await interleave([main, ...peers], [about.name]);
  for (const each of [main, ...peers]) await each.close();
  const { direct, winograd } = training.operations;
  const floors = { floor: winograd / peak / 1e6, directFloor: direct / peak / 1e6 };
  const [row] = compare([{ ...about, ...floors, images: batch }], samples, { backend: name, main, peers });
  return { row, peers };
}

/** Milliseconds of STEPS steps to the end of the device's work, a step each, and of them with the event loop busy. */
async function timeSteps(training: Training): Promise<{ ms: number; busy: number }> {
  const [start, loop] = [performance.now(), performance.eventLoopUtilization()];
  for (let i = 0; i < STEPS; i++) await training.next();
  await training.drain();
  return {
    ms: (performance.now() - start) / STEPS,
    busy: performance.eventLoopUtilization(loop).active / STEPS,
  };
}

/** Milliseconds a step that the main thread is not awaiting the device, which has nothing else to do at the start. */
async function timeJavaScript(training: Training, waiting: () => number): Promise<number> {
  let ms = 0;
  for (let i = 0; i < STEPS; i++) {
    await training.drain();
    const [start, waited] = [performance.now(), waiting()];
    await training.next();
    ms += performance.now() - start - (waiting() - waited);
  }
  return ms / STEPS;
}

/** A backend that adds up how long its runs are awaited: from the await on, not from the call, whose work is JavaScript's. */
function awaited(backend: Backend): { backend: Backend; waiting(): number } {
  let ms = 0;
  async function compile(...given: Parameters<Backend["compile"]>): Promise<Executable> {
    const inner = await backend.compile(...given);
    function run(segment?: number): Promise<void> {
      const pending = inner.run(segment);
      const then: Promise<void>["then"] = (resolve, reject) => {
        const start = performance.now();
        const count = () => {
          ms += performance.now() - start;
        };
        return pending.finally(count).then(resolve, reject);
      };
      return { then } as Promise<void>; // a promise's own `then` an await would pass by
    }
    return { run, free: () => inner.free() };
  }
  return { backend: { ...backend, compile }, waiting: () => ms };
}
