export { compare } from "./compare.ts";
export { ls } from "./ls.ts";
export { show } from "./show.ts";
