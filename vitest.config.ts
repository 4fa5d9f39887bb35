import { tmpdir } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks", // a process per file: Dawn's devices and the compute threads of one file never meet another's
    maxWorkers: 2,
    testTimeout: 180_000, // llvmpipe compiles one convolution for 10 s of a processor, which others may share
    hookTimeout: 180_000,
    // Vulkan's loader and Mesa want the variable; containers often lack it.
    env: { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() },
    reporters: ["default", "./test/kernels-report.ts", "./test/closing-line.ts"],
  },
});
