/** Sizes of tiles that `ssl-edge doctor --tune` found for this machine's adapters, kept in the user's cache. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder, writeAtomically } from "../core/train/files.ts";
import { isRecord } from "../core/train/records.ts";
import { type Adapter, areTiles, describeAdapter, type Tiles, tilesKey } from "../core-wgsl/index.ts";
import { type Backend, chooseBackend, openBackend } from "../index.ts";
import { mayRevectorize } from "./backend.ts";

/** By the XDG base directory specification, which takes absolute paths only. */
function cacheFile(): string {
  const told = process.env.XDG_CACHE_HOME;
  return join(told?.startsWith("/") ? told : join(homedir(), ".cache"), "ssl-edge", "tiles.json");
}

/** All choices, by adapter; nothing, and a line on stderr, where the file is damaged. */
async function readCache(): Promise<Record<string, unknown>> {
  const file = cacheFile();
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return {};
  try {
    const found: unknown = JSON.parse(text);
    if (isRecord(found)) return found;
  } catch {
    // told below
  }
  console.error(`tiles: ${file} is damaged and not used; npx ssl-edge doctor --tune writes it anew`);
  return {};
}

/** What was found for an adapter, if its driver and our kernels are still the same. */
export async function tilesFor(adapter: Adapter): Promise<Tiles | undefined> {
  const found = (await readCache())[tilesKey(adapter)];
  if (found === undefined || areTiles(found, adapter)) return found;
  console.error(
    `tiles: what ${cacheFile()} says of this adapter is damaged and not used; npx ssl-edge doctor --tune writes it anew`,
  );
  return undefined;
}

/** Keeps what was found for an adapter, beside what is known of others. Resolves to the file. */
export async function keepTiles(adapter: Adapter, tiles: Tiles): Promise<string> {
  const file = cacheFile();
  const content = { ...(await readCache()), [tilesKey(adapter)]: tiles };
  await makeFolder("tiles", dirname(file));
  await writeAtomically("tiles", file, [new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`)]);
  return file;
}

/** `openBackend` of the library, with the tiles that are known for the adapter and what the environment says. */
export async function openTuned(options: NonNullable<Parameters<typeof openBackend>[0]>): Promise<Backend> {
  const { backend = "auto", precision } = options;
  const chosen = backend === "auto" ? (await chooseBackend()).backend : backend;
  const adapter = chosen === "wgsl" ? await describeAdapter({ precision }) : undefined;
  const tiles = adapter && !("reason" in adapter) ? await tilesFor(adapter) : undefined;
  return openBackend({ ...options, backend: chosen, tiles, revectorize: mayRevectorize() });
}
