import { Presets, SingleBar } from "cli-progress";

/** A bar with rate and time left on a terminal; a line now and then where output goes to a file. */
export interface Progress {
  update(done: number, note?: string): void;
  /** A line that stays. */
  say(line: string): void;
  stop(): void;
}

/** Seconds between two lines where there is no terminal. */
const LINE_EVERY = 30;

/** `unit` is what is counted in the rate: each step of the bar is `perStep` of them. */
export function progress(
  title: string,
  total: number,
  { unit, perStep = 1, from = 0 }: { unit: string; perStep?: number; from?: number },
): Progress {
  const started = performance.now();
  let note = "";
  const rate = (done: number) => ((done - from) * perStep * 1000) / (performance.now() - started);
  const left = (done: number) => duration(((total - done) * perStep) / rate(done));

  if (!process.stderr.isTTY) {
    let next = started;
    return {
      update(done, latest = note) {
        note = latest;
        if (performance.now() < next && done < total) return;
        next = performance.now() + LINE_EVERY * 1000;
        const pace = done > from ? `  ${rate(done).toFixed(0)} ${unit}/s  ${left(done)} left` : "";
        console.error(`${title}  ${done}/${total}${pace}  ${note}`);
      },
      say: (line) => console.error(line),
      stop() {},
    };
  }
  const bar = new SingleBar(
    {
      format: `${title} {bar} {value}/{total}  {rate} ${unit}/s  {left} left  {note}`,
      hideCursor: true,
      fps: 5,
    },
    Presets.shades_classic,
  );
  bar.start(total, from, { rate: "-", left: "-", note });
  return {
    update(done, latest = note) {
      note = latest;
      bar.update(done, { rate: rate(done).toFixed(0), left: left(done), note });
    },
    say(line) {
      process.stderr.write(`\r\x1b[K${line}\n`); // in the bar's place, which is drawn anew below
      bar.render();
    },
    stop: () => bar.stop(),
  };
}

/** 75 -> "1:15", 3675 -> "1:01:15". */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
