import type { Reporter, TestModule } from "vitest/node";
import type { Kernels } from "./kernels.ts";

/** One line for each adapter that WGSL met: its driver and features, and how many kernels ran or were only compiled. */
export function kernelLines(told: readonly Kernels[]): string[] {
  const adapters = new Map<string, { ran: Set<string>; compiled: Set<string> }>();
  for (const { about, ran = [], compiled = [] } of told) {
    const driver = about.driver || about.architecture || "no driver";
    const f16 = about.f16 ? "f16" : "no f16";
    const subgroups = about.subgroups ? `subgroups of ${about.subgroups}` : "no subgroups";
    const matrices = about.subgroupMatrix ? ", subgroup matrices" : "";
    const name = `${about.device} (${driver}; ${f16}, ${subgroups}${matrices})`;
    const seen = adapters.get(name) ?? { ran: new Set(), compiled: new Set() };
    for (const kernel of ran) seen.ran.add(kernel);
    for (const kernel of compiled) seen.compiled.add(kernel);
    adapters.set(name, seen);
  }
  return [...adapters].map(([name, { ran, compiled }]) => {
    const only = [...compiled].filter((kernel) => !ran.has(kernel)).length;
    return `WGSL on ${name}: ${ran.size} kernels run${only ? `, ${only} compiled only` : ""}`;
  });
}

/** Tells at a run's end on which adapters WGSL kernels ran. */
export default class KernelsReport implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const told = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => test.meta().kernels ?? []),
    );
    for (const line of kernelLines(told)) console.log(line);
  }
}
