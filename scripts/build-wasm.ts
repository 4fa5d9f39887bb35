/**
 * Compiles the AssemblyScript kernels to core-as/build/: for threads on shared memory (Node) and for one thread without
 * (Workers), each with relaxed SIMD (fused multiply-add) and with plain SIMD.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const root = join(import.meta.dirname, "..");
const entries = readdirSync(join(root, "core-as/kernels")).map((file) => `core-as/kernels/${file}`);
const common = [
  ...["core-as/runtime/engine.ts", ...entries],
  ...["--runtime", "stub", "-O3", "--noAssert", "--uncheckedBehavior", "always"],
  ...["--memoryBase", "4096"], // below it lie control words (core-as/module.ts)
  ...["--importMemory", "--noExportMemory", "--exportTable", "--initialMemory", "1"],
];
const shared = ["--sharedMemory", "--maximumMemory", "65536"];

mkdirSync(join(root, "core-as/build"), { recursive: true });
for (const level of ["relaxed", "plain"])
  for (const threads of [true, false]) {
    const features = [
      "simd",
      ...(level === "relaxed" ? ["relaxed-simd"] : []),
      ...(threads ? ["threads"] : []),
    ];
    const file = `core-as/build/${level}${threads ? "-threads" : ""}.wasm`;
    const { error, stderr } = await asc.main(
      [...common, ...(threads ? shared : []), "--enable", features.join(","), "--outFile", file],
      { baseDir: root } as object,
    );
    if (error) {
      console.error(stderr.toString());
      process.exit(1);
    }
  }
