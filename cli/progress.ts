import { Presets, SingleBar } from "cli-progress";

/** A bar with rate and time left on a terminal; a line now and then where output goes to a file. */
export interface Progress {
  update(done: number, note?: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Leaves the terminal as it was; also called where the process exits. */
  stop(): void;
}

/** Seconds between two lines where there is no terminal. */
const LINE_EVERY = 30;
/** Seconds before there is a rate to tell. */
const RATE_AFTER = 1;

/** `unit` is what is counted in the rate: each step of the bar is `perStep` of them. */
export function progress(
  title: string,
  total: number,
  { unit, perStep = 1, from = 0 }: { unit: string; perStep?: number; from?: number },
): Progress {
  const started = performance.now();
  let note = "";
  /** `  37 img/s  5:48 left`, or nothing yet. */
  function pace(done: number): string {
    const seconds = (performance.now() - started) / 1000;
    if (done <= from || seconds < RATE_AFTER) return "";
    const rate = ((done - from) * perStep) / seconds;
    const digits = rate < 10 ? 1 : 0;
    return `  ${rate.toFixed(digits)} ${unit}/s  ${duration(((total - done) * perStep) / rate)} left`;
  }

  if (!process.stderr.isTTY) {
    let next = started;
    return {
      update(done, latest = note) {
        note = latest;
        if (performance.now() < next && done < total) return;
        next = performance.now() + LINE_EVERY * 1000;
        console.error(`${title}  ${done}/${total}${pace(done)}  ${note}`.trimEnd());
      },
      say: (line) => console.error(line),
      stop() {},
    };
  }
  const bar = new SingleBar(
    { format: `${title} {bar} {value}/{total}{pace}  {note}`, hideCursor: true, fps: 5 },
    Presets.shades_classic,
  );
  bar.start(total, from, { pace: "", note });
  function stop(): void {
    process.off("exit", stop);
    bar.stop();
  }
  process.on("exit", stop);
  return {
    update(done, latest = note) {
      note = latest;
      bar.update(done, { pace: pace(done), note });
    },
    say(line) {
      // In the bar's place, which is drawn anew below; there is where the cursor is to be when it stops.
      process.stderr.write(`\r\x1b[K${line}\n\x1b7`);
      bar.render();
    },
    stop,
  };
}

/** 75 -> "1:15", 3675 -> "1:01:15". */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
