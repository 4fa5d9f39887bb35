import { oneLine } from "../oneLine.ts";

/** A recipe's text could not be made a run: which keys are wrong, what came, and what is allowed. */
export class ConfigError extends Error {
  override name = "ConfigError";

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message, 4000), options); // keys are the recipe's
  }
}

/** A method that is none of the package's was not given. */
export class UnknownMethod extends ConfigError {
  override name = "UnknownMethod";

  constructor(method: string) {
    super(`config: method: ${oneLine(method, 80)} is no method of the package; give it as \`method\``);
  }
}
