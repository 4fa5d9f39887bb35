/** A recipe's text could not be made a run: which keys are wrong, what came, and what is allowed. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
