import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isSaved } from "./checkpoint.ts";
import type { RunConfig } from "./config.ts";
import { isRecord, shortened } from "./records.ts";

/** What a run's bits depend on besides its config; written with it, and checked on resuming. */
export interface Provenance {
  config: RunConfig;
  /** Images that lie on the device are cut to f32 there, others to bytes on the host. */
  data: { fingerprint: string; images: number; resident: boolean };
  backend: Record<string, string | number | boolean>;
}

/**
 * Whether a run goes on from a checkpoint in its folder; where there is none it begins, whatever was begun there before.
 * Throws where there is one and `resume` is not asked for, or what is known of the run differs from what it was.
 */
export async function goesOn(out: string, now: Partial<Provenance>, resume: boolean): Promise<boolean> {
  const text = await readFile(join(out, "config.json"), "utf8").catch(() => undefined);
  if (text === undefined) return false;
  const then = provenanceIn(out, text);
  if (!(await isSaved(out))) return false;
  if (!resume)
    throw new Error(
      `pretrain: ${out} holds a run already; add --resume to go on with it, or choose another --out`,
    );
  const matters = ({ config, data, backend }: Partial<Provenance>) => ({
    config,
    data: now.data && data,
    backend: now.backend && { name: backend?.name, simd: backend?.simd },
  });
  const differing = differences(matters(then), matters(now));
  if (differing.length)
    throw new Error(
      `pretrain: cannot resume ${out}, since this run differs from it: ${differing.join("; ")}; ` +
        "give what it was started with, or choose another --out",
    );
  return true;
}

function provenanceIn(out: string, text: string): Provenance {
  try {
    const said = JSON.parse(text);
    if (isRecord(said) && isRecord(said.backend)) return said as unknown as Provenance; // what else it says is compared
  } catch {
    // as where it says something else
  }
  throw new Error(`pretrain: ${join(out, "config.json")} is damaged; choose another --out`);
}

const told = (value: unknown): string => (value === undefined ? "not set" : JSON.stringify(shortened(value)));

/** Paths at which two JSON values differ, with both values. */
function differences(then: unknown, now: unknown, path = ""): string[] {
  if (typeof then === "object" && typeof now === "object" && then && now) {
    const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(
        (then as Record<string, unknown>)[key],
        (now as Record<string, unknown>)[key],
        path ? `${path}.${key}` : key,
      ),
    );
  }
  return then === now ? [] : [`${path} was ${told(then)}, now ${told(now)}`];
}
