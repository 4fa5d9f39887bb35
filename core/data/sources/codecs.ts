import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Codecs } from "../decode.ts";

/** The decoders' modules from node_modules and ours for resizing, compiled. They may be sent to worker threads. */
export async function loadCodecs(): Promise<Codecs> {
  const { resolve } = createRequire(import.meta.url);
  const compile = async (file: string | URL) => WebAssembly.compile(await readFile(file));
  const [jpeg, png, webp, resize] = await Promise.all([
    compile(resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm")),
    compile(resolve("@jsquash/png/codec/pkg/squoosh_png_bg.wasm")),
    compile(resolve("@jsquash/webp/codec/dec/webp_dec.wasm")),
    compile(new URL("../../../core-as/build/resize.wasm", import.meta.url)),
  ]);
  return { jpeg, png, webp, resize };
}
