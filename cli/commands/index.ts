export { data } from "./data.ts";
export { doctor } from "./doctor.ts";
export { evaluate } from "./eval.ts";
export { extract } from "./extract.ts";
export { pretrain } from "./pretrain.ts";
export { quickstart } from "./quickstart.ts";
export { recipes } from "./recipes.ts";
export { views } from "./views.ts";
