import type { Contestant } from "../contestant.ts";
import { load, timed } from "./load.ts";

interface Tensor {
  dispose(): void;
}

/** What we use of @tensorflow/tfjs-core. */
interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  randomUniform(shape: number[], low: number, high: number): Tensor;
  matMul(a: Tensor, b: Tensor, ta?: boolean, tb?: boolean): Tensor;
  conv2d(x: Tensor, w: Tensor, strides: number, padding: "same"): Tensor;
  conv2dTranspose(dy: Tensor, w: Tensor, shape: number[], strides: number, padding: "same"): Tensor;
}

/**
 * TensorFlow.js on WebAssembly: XNNPACK's kernels. Under Node it computes on one thread (tfjs issue 3830); it has no
 * gradient with respect to convolution weights (Conv2DBackpropFilter is not registered).
 */
export async function openTfjs(): Promise<Contestant | string> {
  const tf = await load<Tfjs>("@tensorflow/tfjs-core");
  const wasm = await load<{ getThreadsCount(): number }>("@tensorflow/tfjs-backend-wasm");
  if (!tf || !wasm) return "@tensorflow/tfjs-backend-wasm: npm ci --prefix bench";
  await tf.setBackend("wasm");
  await tf.ready();
  const uniform = (...shape: number[]) => tf.randomUniform(shape, -1, 1);
  const [a, b, x, w] = [
    uniform(1024, 1024),
    uniform(1024, 1024),
    uniform(32, 32, 32, 64),
    uniform(3, 3, 64, 64),
  ];
  const run = (compute: () => Tensor) => timed(() => compute().dispose());
  return {
    name: "tfjs-wasm",
    threads: wasm.getThreadsCount(),
    cases: new Map([
      ["matmul1024", run(() => tf.matMul(a, b))],
      ["matmul1024-NT", run(() => tf.matMul(a, b, false, true))],
      ["matmul1024-TN", run(() => tf.matMul(a, b, true, false))],
      ["conv3x3c64-forward", run(() => tf.conv2d(x, w, 1, "same"))],
      ["conv3x3c64-inputGrad", run(() => tf.conv2dTranspose(x, w, [32, 32, 32, 64], 1, "same"))],
    ]),
    async close() {},
  };
}
