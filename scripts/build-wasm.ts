/**
 * Compiles the AssemblyScript kernels to core-as/build/: for threads on shared memory (Node) and for one thread without
 * (Workers), each with relaxed SIMD (fused multiply-add) and with plain SIMD. And each of core-as/codecs/ to a module of
 * its own, for one thread, with plain SIMD and its own memory.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import asc from "assemblyscript/asc";

const root = join(import.meta.dirname, "..");
const sources = (folder: string) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`);
const optimized = ["--runtime", "stub", "-O3", "--noAssert", "--uncheckedBehavior", "always"];
const kernels = [
  ...["core-as/runtime/engine.ts", ...sources("core-as/kernels")],
  ...["--memoryBase", "4096"], // below it lie control words (core-as/module.ts)
  ...["--importMemory", "--noExportMemory", "--exportTable", "--initialMemory", "1"],
];
const shared = ["--sharedMemory", "--maximumMemory", "65536"];

async function build(name: string, options: string[]): Promise<void> {
  const { error, stderr } = await asc.main(
    [...options, ...optimized, "--outFile", `core-as/build/${name}.wasm`],
    { baseDir: root } as object,
  );
  if (!error) return;
  console.error(stderr.toString());
  process.exit(1);
}

mkdirSync(join(root, "core-as/build"), { recursive: true });
for (const level of ["relaxed", "plain"])
  for (const threads of [true, false]) {
    const features = [
      "simd",
      ...(level === "relaxed" ? ["relaxed-simd"] : []),
      ...(threads ? ["threads"] : []),
    ];
    const name = `${level}${threads ? "-threads" : ""}`;
    await build(name, [...kernels, ...(threads ? shared : []), "--enable", features.join(",")]);
  }
for (const codec of sources("core-as/codecs"))
  await build(basename(codec, ".ts"), [codec, "--enable", "simd"]);
