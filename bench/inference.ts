import { compare, type Field, printRows } from "./compare.ts";
import { type Contestant, interleave } from "./contestant.ts";
import type { Options, Report } from "./index.ts";
import { type Network, openInference } from "./networks.ts";
import { describe, openBackend, pairs } from "./ours.ts";
import { openPeak, PEAK } from "./peak.ts";
import { type OnnxCase, openOnnx } from "./peers/onnx.ts";
import { openTorch } from "./peers/torch.ts";
import { fixed } from "./table.ts";

const CASES: readonly OnnxCase[] = [
  { name: "resnet18-infer1", stem: "imagenet", batch: 1, side: 224 },
  { name: "resnet18cifar-infer32", stem: "cifar", batch: 32, side: 32 },
];

/** Features by ResNet-18, images a second. */
export async function run({ backend: name, threads, revectorize }: Options): Promise<Report> {
  const backend = await openBackend(name, threads, revectorize);
  const opened = new Map<string, Network>();
  for (const each of CASES) opened.set(each.name, await openInference(backend, each));
  const main: Contestant = {
    ...{ name, threads: name === "as" ? threads : undefined },
    cases: new Map([...opened].map(([name, { run }]) => [name, run])),
    close: () => backend.close(),
  };
  const limit = await openPeak(name, threads, pairs(backend));
  const peers: Contestant[] = [];
  for (const peer of [
    await openOnnx("onnxruntime-web", CASES, { threads }),
    await openOnnx("onnxruntime-node", CASES, { threads }),
    await openTorch({ threads }),
  ])
    if (typeof peer === "string") console.error(`without ${peer}`);
    else peers.push(peer);

  const samples = await interleave([main, limit.contestant, ...peers], [...opened.keys(), PEAK]);
  const peak = limit.rate(samples);
  const field: Field = { backend: name, main, peers };
  const measured = CASES.map(({ name, batch, side }) => {
    const { direct, winograd } = opened.get(name)!.operations;
    const shape = `${batch}x${side}x${side}x3`;
    return { name, shape, images: batch, floor: winograd / peak / 1e6, directFloor: direct / peak / 1e6 };
  });
  const rows = compare(measured, samples, field);
  console.log(`${describe(backend)}\npeak ${fixed(peak)} GFLOP/s: ${PEAK}\n`);
  printRows(rows, peers);
  for (const each of [main, limit.contestant, ...peers]) await each.close();
  return { rows, holds: true };
}
