import manifest from "../package.json" with { type: "json" };

/** The package's version, which checkpoints and reports name. */
export const { version } = manifest;
