/** Progress where output goes to a file. */
import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { outcomeOf } from "./command.ts";

/** What a process says that does this with the bar of ten steps, of 5 images each. */
async function said(work: string): Promise<string[]> {
  const program = `
    import { progress } from "./cli/progress.ts";
    import { setTimeout } from "node:timers/promises";
    const bar = progress("training", 10, { unit: "img", perStep: 5, from: 2 });
    ${work}
    bar.stop();`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { code, stderr } = await outcomeOf(child);
  expect(code, stderr).toBe(0);
  return stderr.trimEnd().split("\n");
}

test("the first line and the last one are told, without a rate before there is one", async () => {
  expect(await said("for (let i = 3; i <= 10; i++) bar.update(i, 'note ' + i);")).toEqual([
    "training  3/10  note 3",
    "training  10/10  note 10",
  ]);
});

test("after a second there is a rate, of what was done since the start", async () => {
  const [first, , last] = await said(
    'bar.update(3); bar.say("a line"); await setTimeout(2000); bar.update(10, "done");',
  );
  expect(first).toBe("training  3/10");
  const [, rate] = /^training {2}10\/10 {2}(\d+) img\/s {2}0:00 left {2}done$/.exec(last) ?? [];
  expect(Number(rate)).toBeGreaterThan(0); // 8 steps of 5 images in 2 s or more: at most 20
  expect(Number(rate)).toBeLessThanOrEqual(20);
});
