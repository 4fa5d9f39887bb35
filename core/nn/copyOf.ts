import { leaves } from "../tensor.ts";
import type { Layer } from "./layer.ts";

/**
 * A network that starts as another of the same architecture: the momentum encoder of MoCo, the target of BYOL.
 *
 * First values are a function of the seed and a tensor's path, so a copy is drawn at the original's path: `of` is what
 * stands before the paths of `net` there. Takes `net` over, which must be fresh.
 */
export function copyOf<L extends Layer>(net: L, of = ""): L {
  for (const [path, { origin }] of leaves(net.state)) {
    if (origin.kind !== "state") throw new Error(`copyOf: ${path} is not a state tensor`);
    const { init } = origin;
    origin.init = (values, { seed }) => init(values, { seed, path: of + path });
  }
  return net;
}
