import { chain, copyOf, type Encoder, ema, type Layer } from "../nn/index.ts";
import type { Assignment } from "../program.ts";
import type { Tensor } from "../tensor.ts";

/** An encoder, and what projects its features. */
export interface Projecting {
  readonly encoder: Encoder;
  readonly projector: Layer;
}

/** Two networks of one architecture that start alike: the online one, and the target, which no gradient reaches. */
export const withTarget = (make: () => Projecting): Projecting & { readonly target: Layer } => ({
  ...make(),
  target: copyOf(chain({ ...make() })),
});

/** The target's parameters after a step: momentum target + (1 - momentum) online. Running statistics are its own. */
export const follow = (
  { encoder, projector, target }: Projecting & { readonly target: Layer },
  momentum: Tensor,
): Assignment[] => ema(target.state, { encoder: encoder.state, projector: projector.state }, momentum);
