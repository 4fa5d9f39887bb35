import { add, affine } from "../ops/index.ts";
import { state, type Tensor, type Tree } from "../tensor.ts";

/** How layers behave in one pass through a network. */
export interface Mode {
  /** Normalise by the batch's statistics and note them, instead of by the running ones. */
  readonly training: boolean;
  /** Rows in a row that share batch statistics; the whole batch where nothing is said. */
  readonly group?: number;
  /** Keys of this step's samples, one a sample of the shard: u32 [N, 2]. For what is drawn on the device. */
  readonly keys?: Tensor;
  /** A number that is handed out once in a pass: tells what is drawn by one key apart. */
  purpose(): number;
  /** Takes what a layer saw of the batch, for its running statistics to follow. */
  note(running: Tensor, observed: Tensor): void;
  /** Takes what is a function of parameters alone and gives a tensor that holds it, computed before the first batch only. */
  keep?(value: Tensor): Tensor;
}

/** A mode for rows that show so many pictures of each image one after another: a group holds all of its images'. */
export const groupedBy = (pictures: number, mode: Mode): Mode => ({
  ...mode,
  group: mode.group && pictures * mode.group,
});

/** Use, not training: running statistics, nothing noted. */
export const inference: Mode = { training: false, purpose: () => 0, note() {} };

/** Use of parameters that stand still for many batches: what is to be computed of them before the first is `kept`. */
export function frozen(): Mode & { kept: { target: Tensor; value: Tensor }[] } {
  const kept: { target: Tensor; value: Tensor }[] = [];
  function keep(value: Tensor): Tensor {
    const target = state(value.shape);
    kept.push({ target, value });
    return target;
  }
  return { ...inference, kept, keep };
}

/**
 * A pass that learns; `observed` fills with what layers note. Of a layer that is applied several times in a step, on two
 * views for example, it holds the mean over the applications: its statistics follow once a step, not once a view.
 */
export function trainingMode(group?: number, keys?: Tensor): Mode & { observed: Map<Tensor, Tensor> } {
  const observed = new Map<Tensor, Tensor>();
  const times = new Map<Tensor, number>();
  let purposes = 0;
  function note(running: Tensor, value: Tensor): void {
    const n = (times.get(running) ?? 0) + 1;
    const before = observed.get(running); // the mean of n - 1
    times.set(running, n);
    observed.set(
      running,
      before ? add(affine(before, { scale: (n - 1) / n }), affine(value, { scale: 1 / n })) : value,
    );
  }
  return { training: true, group, keys, purpose: () => purposes++, observed, note };
}

/** A function of tensors that owns tensors: its state's paths are the checkpoint's keys. */
export interface Layer {
  (x: Tensor, mode: Mode): Tensor;
  readonly state: Tree;
}

export const layer = (tree: Tree, forward: (x: Tensor, mode: Mode) => Tensor): Layer =>
  Object.assign((x: Tensor, mode: Mode) => forward(x, mode), { state: tree });

/** One layer after another; states are named by position, as in PyTorch's Sequential. */
export function sequence(...layers: (Layer | ((x: Tensor) => Tensor))[]): Layer {
  const states = layers.flatMap((each, i) => ("state" in each ? [[String(i), each.state]] : []));
  return layer(Object.fromEntries(states), (x, mode) => layers.reduce((value, each) => each(value, mode), x));
}

/** One layer after another, by name. */
export function chain(layers: Readonly<Record<string, Layer>>): Layer {
  const states = Object.entries(layers).map(([name, { state }]) => [name, state]);
  return layer(Object.fromEntries(states), (x, mode) =>
    Object.values(layers).reduce((value, each) => each(value, mode), x),
  );
}
