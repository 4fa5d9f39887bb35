export { batchNorm } from "./batchNorm.ts";
export { conv } from "./conv.ts";
export { normal, uniform } from "./init.ts";
export { inference, type Layer, layer, type Mode, sequence, trainingMode } from "./layer.ts";
export { linear } from "./linear.ts";
export { mlp } from "./mlp.ts";
export { type Encoder, resnet18, type Stem, stemFor } from "./resnet.ts";
