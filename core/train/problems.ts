import type { z } from "zod";
import { alternativesAt, describe, keysAt, type Node, schemaOf, valuesOf } from "./allowed.ts";
import { ConfigError } from "./configError.ts";
import { didYouMean } from "./nearest.ts";
import { valueAt } from "./records.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * The value as its schema has it, defaults filled in. Throws ConfigError, one line that says of every wrong key where it
 * is, what came and what is allowed there; `prefix` is where the value itself stands.
 */
export function parse<T>(type: z.ZodType<T>, value: unknown, ...prefix: string[]): T {
  const result = type.safeParse(value);
  if (result.success) return result.data;
  const schema = schemaOf(type);
  const problems = result.error.issues
    .flatMap((issue) => inWords(issue, [], schema, value))
    .map(([path, words]) => `${[...prefix, ...path].join(".")}: ${words}`);
  throw new ConfigError(`config: ${problems.join("; ")}`);
}

/** What is wrong, and where; `at` is where an issue inside of a union stands. */
function inWords(issue: Issue, at: Path, schema: Node, value: unknown): [path: Path, words: string][] {
  const path = [...at, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(schema, path, value);
    const allowed = `allowed: ${keys.join(", ") || "nothing"}`;
    return issue.keys.map((key) => [
      [...path, key],
      `there is no such key${didYouMean(key, keys) || ";"} ${allowed}`,
    ]);
  }
  const came = valueAt(value, path);
  if (issue.code === "custom") return [[path, `${issue.message}; got ${show(came)}`]];
  if (issue.code === "invalid_union" && issue.errors.length) {
    const { branch, key } = likeliest(issue.errors);
    if (branch) return branch.flatMap((each) => inWords(each, path, schema, value));
    if (key !== undefined) return [misfit([...path, key], schema, value)];
  }
  return [misfit(path, schema, value)];
}

function misfit(path: Path, schema: Node, value: unknown): [path: Path, words: string] {
  const came = valueAt(value, path);
  const alternatives = alternativesAt(schema, path, value);
  const offer = alternatives.length ? alternatives : alternativesAt(schema, path, undefined);
  const meant = typeof came === "string" ? didYouMean(came, valuesOf(offer)) : "";
  return [
    path,
    `${came === undefined ? "missing" : `got ${show(came)}`}${meant || ";"} allowed: ${describe(offer)}`,
  ];
}

/** The one branch of a union that was meant; or, where all are told apart by one key, that key. */
function likeliest(errors: Issue[][]): { branch?: Issue[]; key?: PropertyKey } {
  const ofKind = errors.filter(
    (issues) =>
      !issues.some(({ code, path }) => !path.length && code !== "unrecognized_keys" && code !== "custom"),
  );
  const misnamed = (issues: Issue[]) =>
    issues.find(({ code, path }) => code === "invalid_value" && path.length === 1);
  const named = ofKind.filter((issues) => !misnamed(issues));
  if (named.length === 1) return { branch: named[0] };
  return { key: named.length ? undefined : ofKind.map(misnamed)[0]?.path[0] };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
