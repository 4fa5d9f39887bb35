/** What a decoder gives: RGBA, 8 bits each. */
export interface Rgba {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

interface Exports {
  memory: WebAssembly.Memory;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_free(at: number, bytes: number, alignment: number): void;
  decode(at: number, bytes: number): number;
}

/**
 * A decoder of PNG files: the Rust crate `png`, as @jsquash/png compiled it.
 *
 * The package's own glue holds one instance for ever, and a file that the crate gives up on leaves its memory in it: that of a
 * whole image, each time. Here an instance ends with the file that it gave up on. Throws without a reason: the crate gives none.
 */
export function pngCodec(module: WebAssembly.Module): (bytes: Uint8Array) => Rgba {
  let codec: ReturnType<typeof start> | undefined;
  return (bytes) => {
    codec ??= start(module);
    const { decode } = codec;
    codec = undefined; // unless it comes back
    const image = decode(bytes);
    codec = { decode };
    return image;
  };
}

function start(module: WebAssembly.Module): { decode(bytes: Uint8Array): Rgba } {
  let image: Rgba | undefined;
  const copied = (at: number, length: number) =>
    new Uint8Array(codec.memory.buffer, at >>> 0, length).slice();
  /** What Rust asks of JavaScript while it decodes, by the names that wasm-bindgen gives, without their hashes. */
  const answers: Record<string, (...values: number[]) => number> = {
    __wbg_newwithownedu8clampedarrayandsh(at, length, width, height) {
      const data = new Uint8ClampedArray(copied(at, length).buffer);
      codec.__wbindgen_free(at, length, 1);
      image = { data, width: width >>> 0, height: height >>> 0 };
      return 0; // a handle, which `decode` returns
    },
    __wbindgen_throw(at, length) {
      throw new Error(new TextDecoder().decode(copied(at, length)));
    },
  };
  const missing = () => {
    throw new Error("png: the codec asked for what decoding does not take");
  };
  const asked = WebAssembly.Module.imports(module).map(({ name }) => name);
  const wbg = Object.fromEntries(
    asked.map((name) => [name, answers[name.replace(/_[0-9a-f]{16}$/, "")] ?? missing]),
  );
  const codec = new WebAssembly.Instance(module, { wbg }).exports as unknown as Exports; // as the package's .d.ts has it

  return {
    decode(bytes) {
      image = undefined;
      const at = codec.__wbindgen_malloc(bytes.length, 1) >>> 0;
      new Uint8Array(codec.memory.buffer, at, bytes.length).set(bytes);
      codec.decode(at, bytes.length); // takes the bytes over and frees them
      if (!image) throw new Error("png: the codec gave no image");
      return image;
    },
  };
}
