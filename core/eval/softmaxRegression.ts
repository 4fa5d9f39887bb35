import { gradients } from "../autograd.ts";
import type { Backend } from "../backend.ts";
import { freeing } from "../freeing.ts";
import { Memory } from "../memory.ts";
import { add, matmul, mul, softmaxCrossEntropy, sum } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state } from "../tensor.ts";

/** Rows of features, and the class of each. */
export interface Rows {
  values: Float32Array<ArrayBuffer>; // [count, dimension]
  labels: Uint32Array; // [count], below classes
  count: number;
}

/** A linear classifier compiled for a backend: parameters [classes, dimension + 1], the bias in the last column. */
export interface SoftmaxRegression {
  /** Mean cross entropy over all rows, and its gradient. Rows that are the same object as before are not sent again. */
  loss(parameters: ArrayLike<number>, rows: Rows): Promise<{ value: number; gradient: Float64Array }>;
  /** The share of rows whose largest logit is their label's; of equal ones the first counts. */
  accuracy(parameters: ArrayLike<number>, rows: Rows): Promise<number>;
  free(): void;
}

/** Segments of the program. */
const [DIFFERENTIATE, CLASSIFY] = [0, 1];

/**
 * Softmax regression on a device: logits = x W^T + b, losses = -log softmax(logits)[label].
 *
 *     x [chunk, dimension], W [classes, dimension], b [classes]
 *
 * Products are summed in f32 on the device, within a chunk of rows; losses, and gradients over chunks, in f64.
 */
export async function softmaxRegression(
  backend: Backend,
  { dimension, classes, chunk }: { dimension: number; classes: number; chunk: number },
): Promise<SoftmaxRegression> {
  const memory = new Memory(backend);
  const x = input([chunk, dimension]);
  const labels = input([chunk], "u32");
  const share = input([chunk]); // of a row in the mean; 0 beyond the last
  const [W, b] = [input([classes, dimension]), input([classes])];
  const logits = () => add(matmul(x, W, { tb: true }), b); //             [chunk, classes]; of each segment its own
  const losses = mul(softmaxCrossEntropy(logits(), labels), share); //    [chunk]
  const [dW, db] = gradients(sum(losses), [W, b]);
  const kept = {
    losses: state(losses.shape),
    logits: state([chunk, classes]),
    dW: state(W.shape),
    db: state(b.shape),
  };
  const program = await compile(backend, memory, [
    [
      { target: kept.losses, value: losses },
      { target: kept.dW, value: dW },
      { target: kept.db, value: db },
    ],
    [{ target: kept.logits, value: logits() }],
  ]).catch(freeing(memory));

  const staged = {
    values: new Float32Array(chunk * dimension),
    labels: new Uint32Array(chunk),
    share: new Float32Array(chunk),
  };
  let sent: { rows: Rows; first: number } | undefined;
  function send(rows: Rows, first: number): number {
    const count = Math.min(chunk, rows.count - first);
    if (sent?.rows === rows && sent.first === first) return count;
    staged.values.set(rows.values.subarray(first * dimension, (first + count) * dimension));
    staged.labels.set(rows.labels.subarray(first, first + count));
    staged.share.fill(0).fill(1 / rows.count, 0, count);
    memory.write(x, staged.values);
    memory.write(labels, staged.labels.fill(0, count));
    memory.write(share, staged.share);
    sent = { rows, first };
    return count;
  }

  const [weight, bias] = [new Float32Array(classes * dimension), new Float32Array(classes)];
  function write(parameters: ArrayLike<number>): void {
    for (let c = 0; c < classes; c++) {
      for (let d = 0; d < dimension; d++) weight[c * dimension + d] = parameters[c * (dimension + 1) + d];
      bias[c] = parameters[c * (dimension + 1) + dimension];
    }
    memory.write(W, weight);
    memory.write(b, bias);
  }

  return {
    async loss(parameters, rows) {
      write(parameters);
      let value = 0;
      const gradient = new Float64Array(classes * (dimension + 1));
      for (let first = 0; first < rows.count; first += chunk) {
        send(rows, first);
        await program.run(DIFFERENTIATE);
        for (const loss of await memory.read(kept.losses)) value += loss;
        const [dweight, dbias] = [await memory.read(kept.dW), await memory.read(kept.db)];
        for (let c = 0; c < classes; c++) {
          for (let d = 0; d < dimension; d++) gradient[c * (dimension + 1) + d] += dweight[c * dimension + d];
          gradient[c * (dimension + 1) + dimension] += dbias[c];
        }
      }
      return { value, gradient };
    },
    async accuracy(parameters, rows) {
      write(parameters);
      let right = 0;
      for (let first = 0; first < rows.count; first += chunk) {
        const count = send(rows, first);
        await program.run(CLASSIFY);
        const scores = await memory.read(kept.logits);
        for (let n = 0; n < count; n++) {
          let best = 0;
          for (let c = 1; c < classes; c++)
            if (scores[n * classes + c] > scores[n * classes + best]) best = c;
          if (best === rows.labels[first + n]) right++;
        }
      }
      return right / rows.count;
    },
    free() {
      program.free();
      memory.free();
    },
  };
}
