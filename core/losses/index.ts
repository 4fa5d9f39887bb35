/** Published losses, of embeddings. */
export { infoNce } from "./infoNce.ts";
export { estimatedLogZ, instanceNce, instanceSoftmax } from "./instance.ts";
export { ntXent } from "./ntXent.ts";
