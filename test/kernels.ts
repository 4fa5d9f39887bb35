import type { Backend } from "../core/backend.ts";

/** What a test tells of an adapter: which kernels ran there, or were only compiled for it. */
export interface Kernels {
  readonly about: Backend["description"];
  readonly ran?: readonly string[];
  readonly compiled?: readonly string[];
}

declare module "vitest" {
  interface TaskMeta {
    kernels?: Kernels;
  }
}

/** The same backend; the ops of every program that it runs are added to `ran`. */
export const recorded = (backend: Backend, ran: Set<string>): Backend => ({
  ...backend,
  async compile(commands, ...rest) {
    const executable = await backend.compile(commands, ...rest);
    return {
      ...executable,
      async run(segment) {
        await executable.run(segment);
        for (const { call } of commands) ran.add(call.op);
      },
    };
  },
});
