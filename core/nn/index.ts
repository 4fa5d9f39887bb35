/** Layers and encoders: functions that own tensors. */
export { bank, blend, store } from "./bank.ts";
export { batchNorm } from "./batchNorm.ts";
export { conv } from "./conv.ts";
export { convNorm } from "./convNorm.ts";
export { copyOf } from "./copyOf.ts";
export { dropout } from "./dropout.ts";
export { ema } from "./ema.ts";
export { type Encoder, encoder, type Layers } from "./encoder.ts";
export { normal, uniform } from "./init.ts";
export {
  chain,
  frozen,
  groupedBy,
  inference,
  type Layer,
  layer,
  type Mode,
  sequence,
  trainingMode,
} from "./layer.ts";
export { linear } from "./linear.ts";
export { mlp } from "./mlp.ts";
export { push, queue } from "./queue.ts";
export {
  type ResnetOptions,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  type Stem,
  stemFor,
} from "./resnet.ts";
export { weightNormLinear } from "./weightNormLinear.ts";
