/** How the command line refuses: in one line, with nothing half-written. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect } from "vitest";
import { noise, pngOf } from "../../core/data/images.ts";
import { type CommandOptions, type Outcome, sslEdge } from "../command.ts";

/** A folder of the test file's own, removed at its end. */
export function ownFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `ssl-edge-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, files: Record<string, Uint8Array | string>): string {
  for (const [name, data] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  }
  return folder;
}

/** PNGs of noise, 8 x 8 pixels, named 000.png and so on. */
export async function pngs(count: number): Promise<Record<string, Uint8Array>> {
  const files = Array.from(
    { length: count },
    async (_, i): Promise<[string, Uint8Array]> => [
      `${String(i).padStart(3, "0")}.png`,
      await pngOf(noise(8, 8, i)),
    ],
  );
  return Object.fromEntries(await Promise.all(files));
}

/** Arguments of a run of four steps. */
export const pretraining = (data: string, out: string, ...more: string[]) => [
  ...["pretrain", "simclr-cifar10", "--data", data, "--out", out, "--backend", "as", "--threads", "1"],
  ...["--set", "encoder.width=2", "--batch-size", "32", "--epochs", "1", ...more],
];

/** All that lies in a folder: paths, and digests of what files hold. */
export function contentsOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    found[name] = lstatSync(path).isFile()
      ? createHash("sha256").update(readFileSync(path)).digest("hex")
      : "folder";
  }
  return found;
}

/** What Dawn prints by itself, past JavaScript: what it looked for in vain, and where in its own sources. */
const DAWN = /^Warning: .*\n(?: {4}at Check\w+ \(.*\)\n)?\n?/gm;

/** One line on stderr that says what is wrong and what to do, no stack trace, nothing on stdout, status 1 (2 for settings). */
export function expectRefusal({ code, stdout, stderr }: Outcome, message: RegExp | string): void {
  const said = stderr.trimEnd().split("\n");
  expect(said.at(-1)).toMatch(/^ssl-edge: [a-z]+( [a-z]+)?: ./);
  expect(said.filter((line) => line.startsWith("ssl-edge:"))).toHaveLength(1);
  expect(said.at(-1)?.replace("ssl-edge: ", "")).toMatch(message);
  expect(stderr.replaceAll(DAWN, "")).not.toMatch(/^\s+at |node:internal|FATAL/m);
  expect(stdout).toBe("");
  const asked = /^ssl-edge: (config|recipe): (?!.* cannot be read)/.test(said.at(-1)!);
  expect(code, stderr).toBe(asked ? 2 : 1);
}

/** Expects that a command is refused, and that nothing in `folder` is other than it was. */
export async function refuse(
  folder: string,
  args: readonly string[],
  message: RegExp | string,
  options?: CommandOptions,
): Promise<void> {
  const before = contentsOf(folder);
  expectRefusal(await sslEdge(args, options), message);
  expect(contentsOf(folder)).toEqual(before);
}
