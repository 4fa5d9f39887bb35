/** Published losses, of embeddings and of classes. */
export { infoNce } from "./infoNce.ts";
export { estimatedLogZ, instanceNce, instanceSoftmax } from "./instance.ts";
export { ntXent } from "./ntXent.ts";
export { weightedCrossEntropy } from "./weightedCrossEntropy.ts";
