import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Codecs } from "../decode.ts";

/** The decoders' modules from node_modules, compiled. They may be sent to worker threads. */
export async function loadCodecs(): Promise<Codecs> {
  const { resolve } = createRequire(import.meta.url);
  const compile = async (file: string) => WebAssembly.compile(await readFile(resolve(file)));
  const [jpeg, png, webp] = await Promise.all([
    compile("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"),
    compile("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"),
    compile("@jsquash/webp/codec/dec/webp_dec.wasm"),
  ]);
  return { jpeg, png, webp };
}
