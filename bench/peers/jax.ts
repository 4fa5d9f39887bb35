import type { Contestant } from "../contestant.ts";
import { load, timed } from "./load.ts";

/** A reference-counted array: functions take what they are given, `ref` is one more reference. */
interface Array {
  readonly ref: Array;
  blockUntilReady(): Promise<Array>;
  dispose(): void;
}

type Function = (...inputs: Array[]) => Array;

/** What we use of @jax-js/jax. */
interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
  jit(f: Function): Function;
  vjp(f: Function, inputs: Array[]): [y: Array, back: (dy: Array) => Array[]];
  random: { key(seed: number): Array; uniform(key: Array, shape: number[]): Array };
  numpy: { matmul: Function; transpose: Function };
  lax: { convGeneralDilated(x: Array, w: Array, strides: number[], padding: number[][]): Array };
}

/** jax-js on WebAssembly, compiled by its jit. Without the browser's Worker, as under Node, it computes on one thread. */
export async function openJax(): Promise<Contestant | string> {
  const jax = await load<Jax>("@jax-js/jax");
  if (!jax) return "@jax-js/jax: npm ci --prefix bench";
  const { random, numpy, jit, vjp } = jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const uniform = (...shape: number[]) => random.uniform(random.key(1), shape);
  const [a, b, w] = [uniform(1024, 1024), uniform(1024, 1024), uniform(64, 64, 3, 3)];
  const [x, dy] = [uniform(32, 64, 32, 32), uniform(32, 64, 32, 32)];
  const conv: Function = (x, w) =>
    jax.lax.convGeneralDilated(
      x,
      w,
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
    );
  /** The gradient with respect to one input of the convolution; the jit drops the other. */
  const gradient =
    (which: number): Function =>
    (x, w, dy) => {
      const [y, back] = vjp(conv, [x, w]);
      y.dispose();
      const grads = back(dy);
      grads[1 - which].dispose();
      return grads[which];
    };
  const run = (f: Function, ...inputs: Array[]) => {
    const compiled = jit(f);
    return timed(async () => (await compiled(...inputs.map((each) => each.ref)).blockUntilReady()).dispose());
  };
  return {
    name: "jax-js",
    threads: 1,
    cases: new Map([
      ["matmul1024", run((a, b) => numpy.matmul(a, b), a, b)],
      ["matmul1024-NT", run((a, b) => numpy.matmul(a, numpy.transpose(b)), a, b)],
      ["matmul1024-TN", run((a, b) => numpy.matmul(numpy.transpose(a), b), a, b)],
      ["conv3x3c64-forward", run(conv, x, w)],
      ["conv3x3c64-inputGrad", run(gradient(0), x, w, dy)],
      ["conv3x3c64-weightGrad", run(gradient(1), x, w, dy)],
    ]),
    async close() {},
  };
}
