import { exp, log } from "../math.ts";
import { adamw as update } from "../ops/index.ts";
import { type Common, type Optimizer, optimizer } from "./optimizer.ts";

/** Adam with decoupled weight decay; defaults are PyTorch's. See ops/adamw.ts. */
export const adamw = ({
  beta1 = 0.9,
  beta2 = 0.999,
  eps = 1e-8,
  decay = 0.01,
  ...common
}: Common & { beta1?: number; beta2?: number; eps?: number; decay?: number } = {}): Optimizer =>
  optimizer(
    { momentum: 0, decay, ...common },
    {
      slots: ["mean", "square"],
      row: (rate, options, step) => [
        rate / lacking(beta1, step),
        rate * options.decay,
        ...[1 - beta1, 1 - beta2],
        1 / Math.sqrt(lacking(beta2, step)),
        eps,
      ],
      update,
    },
  );

/** 1 - beta^(step + 1): how much of its weight a mean that began at zero has got. */
const lacking = (beta: number, step: number): number => 1 - exp((step + 1) * log(beta));
