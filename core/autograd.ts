import { add } from "./ops/add.ts";
import { fill } from "./ops/fill.ts";
import { sameShape, show } from "./shape.ts";
import { reshape, Tensor } from "./tensor.ts";

/** The tensors that a tensor is computed from. */
export function parents(x: Tensor): readonly Tensor[] {
  if (x.origin.kind === "op") return x.origin.call.inputs;
  if (x.origin.kind === "view") return [x.origin.of];
  return [];
}

/** All tensors that the given ones are computed from, themselves included, in the order in which they were written. */
export function ancestry(roots: Iterable<Tensor>): Tensor[] {
  const seen = new Set<Tensor>();
  const open = [...roots];
  for (let x = open.pop(); x; x = open.pop()) {
    if (seen.has(x)) continue;
    seen.add(x);
    open.push(...parents(x));
  }
  return [...seen].sort((a, b) => a.order - b.order);
}

/** The same value, through which no gradient flows. */
export const detach = (x: Tensor): Tensor =>
  new Tensor(x.shape, x.dtype, { kind: "view", of: x, detached: true });

/** The state tensors that a loss reaches by gradients: what can be trained. */
export function reached(loss: Tensor): Set<Tensor> {
  const found = new Set<Tensor>();
  const seen = new Set<Tensor>();
  const open = [loss];
  for (let x = open.pop(); x; x = open.pop()) {
    if (seen.has(x)) continue;
    seen.add(x);
    if (x.origin.kind === "state") found.add(x);
    if (x.origin.kind === "view" && !x.origin.detached) open.push(x.origin.of);
    if (x.origin.kind === "op") {
      const { inputs } = x.origin.call;
      const flows = x.origin.call.gradient(x, x);
      open.push(...inputs.filter((_, i) => flows[i]));
    }
  }
  return found;
}

/**
 * Reverse-mode differentiation: the gradient of a scalar loss with respect to each of the given tensors.
 *
 * Ops that no gradient needs are never asked for one. Throws where the loss does not depend on one of the tensors.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (!sameShape(loss.shape, []))
    throw new Error(`gradients: the loss must be a scalar; got ${show(loss.shape)}`);
  const tape = ancestry([loss]);
  const needed = new Set<Tensor>(wrt);
  for (const x of tape) if (!isDetached(x) && parents(x).some((parent) => needed.has(parent))) needed.add(x);

  const grads = new Map<Tensor, Tensor>([[loss, fill({ shape: [], value: 1 })]]);
  const accumulate = (x: Tensor, dx: Tensor | null) => {
    if (!dx || !needed.has(x)) return;
    const before = grads.get(x);
    grads.set(x, before ? add(before, dx) : dx);
  };
  for (const y of tape.toReversed()) {
    const dy = grads.get(y);
    if (!dy || !needed.has(y)) continue;
    if (y.origin.kind === "view" && !isDetached(y)) accumulate(y.origin.of, reshape(dy, y.origin.of.shape));
    if (y.origin.kind !== "op") continue;
    const { call } = y.origin;
    const flows = call.gradient(dy, y);
    call.inputs.forEach((x, i) => {
      accumulate(x, flows[i]);
    });
  }
  return wrt.map((x, i) => {
    const dx = grads.get(x);
    if (!dx) throw new Error(`gradients: the loss does not depend on tensor ${i} ${show(x.shape)}`);
    return dx;
  });
}

const isDetached = (x: Tensor): boolean => x.origin.kind === "view" && x.origin.detached === true;
