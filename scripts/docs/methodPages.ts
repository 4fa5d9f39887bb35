/** What docs tell of methods, from their definitions: a table of all, and one of the settings of each. */
import type { Method } from "../../core/methods/index.ts";
import { methodSettings } from "../../core/train/methodSettings.ts";

const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

/** A line a method, with a link to its page. */
export const methodsTable = (methods: readonly Method[]): string =>
  tableOf(
    ["method", "family", "paper"],
    methods.map(({ name, family = "", paper = "" }) => [`[${name}](methods/${name}.md)`, family, paper]),
  );

/** A method's own settings. */
export function settingsTable(method: Method): string {
  const settings = methodSettings(method);
  if (!settings.length) return "None of its own: the task has nothing to choose.";
  return tableOf(
    ["key", "value", "default", "meaning", "source of the default"],
    settings.map(({ path, allowed, default: standard, required, meaning, source }) => [
      `\`method.${path}\``,
      allowed,
      standard === undefined ? (required ? "required" : "") : `\`${JSON.stringify(standard)}\``,
      ...[meaning, source],
    ]),
  );
}
