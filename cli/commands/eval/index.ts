export { knn } from "./knn.ts";
export { linear } from "./linear.ts";
