import { setTimeout as sleep } from "node:timers/promises";
import { stream } from "../../core/random.ts";
import type { Contestant } from "../contestant.ts";
import { resnet18Model } from "../onnx.ts";
import { load, timed } from "./load.ts";
import { SPIN } from "./python.ts";

/** What we use of onnxruntime-web and onnxruntime-node, which have one interface. */
interface Onnx {
  env: { wasm: { numThreads?: number } };
  Tensor: new (type: "float32", values: Float32Array, shape: readonly number[]) => object;
  InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
}

interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, object>): Promise<object>;
  release(): Promise<void>;
}

export interface OnnxCase {
  readonly name: string;
  readonly stem: "imagenet" | "cifar";
  readonly batch: number;
  readonly side: number;
}

/** ONNX Runtime: "onnxruntime-web" is its WebAssembly, "onnxruntime-node" its native code. Models are made on the spot. */
export async function openOnnx(
  name: "onnxruntime-web" | "onnxruntime-node",
  cases: readonly OnnxCase[],
  { threads }: { threads: number },
): Promise<Contestant | string> {
  const onnx = await load<Onnx>(name);
  if (!onnx) return `${name}: npm ci --prefix bench`;
  const web = name === "onnxruntime-web";
  if (web) onnx.env.wasm.numThreads = threads;
  const random = stream(1, "bench");
  const sessions: Session[] = [];
  const runs = new Map<string, (repeats: number) => Promise<number>>();
  for (const { name, batch, side, ...rest } of cases) {
    const options = { executionProviders: [web ? "wasm" : "cpu"], intraOpNumThreads: threads };
    const session = await onnx.InferenceSession.create(resnet18Model({ ...rest, batch, side }), options);
    sessions.push(session);
    const shape = [batch, 3, side, side];
    const values = Float32Array.from({ length: batch * 3 * side ** 2 }, () => 2 * random.uniform() - 1);
    const x = new onnx.Tensor("float32", values, shape);
    const run = timed(async () => void (await session.run({ x })));
    runs.set(name, async (repeats) => {
      const ms = await run(repeats);
      await sleep(SPIN);
      return ms;
    });
  }
  return {
    ...{ name, threads, cases: runs },
    async close() {
      for (const session of sessions) await session.release();
    },
  };
}
