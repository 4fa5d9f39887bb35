/** Published losses, of embeddings. */
export { infoNce } from "./infoNce.ts";
export { ntXent } from "./ntXent.ts";
