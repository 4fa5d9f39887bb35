/**
 * Refuses a Node that lacks what the package needs, before anything else of it runs: the first import of index.ts.
 * cli/bin.js says the same.
 */
const { version } = process;

if (Number.parseInt(version.slice(1), 10) < 24)
  throw new Error(
    `ssl-edge: needs Node 24 or newer; this is ${version}; ` +
      "get it from https://nodejs.org, or by npm install node@24, which npx node runs",
  );
