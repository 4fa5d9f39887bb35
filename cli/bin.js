#!/usr/bin/env node
// JavaScript that old versions of Node read too, so that they can be refused in one line.
import { existsSync } from "node:fs";

// Beside this file lies index.ts in a clone, index.js in the published package.
const source = new URL("index.ts", import.meta.url);
const clone = existsSync(source);

if (parseInt(process.version.slice(1), 10) < 24) {
  const hint = clone
    ? "after npm ci, run it through npx ssl-edge, which brings its own"
    : "get it from https://nodejs.org, or by npm install node@24, which npx ssl-edge finds";
  console.error("ssl-edge: needs Node 24 or newer; this is " + process.version + "; " + hint);
  process.exitCode = 1;
} else {
  import(clone ? source.href : new URL("index.js", import.meta.url).href);
}
