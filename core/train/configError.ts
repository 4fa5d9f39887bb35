import { oneLine } from "../oneLine.ts";

/** A recipe's text could not be made a run: which keys are wrong, what came, and what is allowed. */
export class ConfigError extends Error {
  override name = "ConfigError";

  constructor(message: string) {
    super(oneLine(message, 4000)); // keys are the recipe's
  }
}
