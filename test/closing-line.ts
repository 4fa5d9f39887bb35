import type { Reporter, SerializedError, TestModule } from "vitest/node";

type Counts = { passed: number; failed: number; skipped: number };

/** `12 passed, 0 failed`, and `, 3 skipped` if any were. */
export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");

/**
 * What a run came to. A file that failed outside its tests (it did not load, a hook threw) and an error that no test
 * caught count as failures of their own.
 */
export function count(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>): Counts {
  const counts: Counts = { passed: 0, failed: unhandled.length, skipped: 0 };
  for (const module of modules) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") counts.passed++;
      else if (state === "skipped") counts.skipped++;
      else failedTests++; // failed, or pending because the run broke off
    }
    counts.failed += failedTests;
    if (failedTests === 0 && !module.ok()) counts.failed++;
  }
  return counts;
}

/** Ends a run's output with one line that a machine can read. Listed last, so that it prints last. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>) {
    console.log(closingLine(count(modules, unhandled)));
  }
}
