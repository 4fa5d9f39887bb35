/**
 * The metrics of a run as TensorBoard reads them: a file of records, each
 *
 *     length u64 | masked crc32c of length u32 | an Event | masked crc32c of the Event u32        (little-endian)
 *
 * TensorFlow's lib/io/record_writer.h, and util/event.proto and framework/summary.proto for what an Event is.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "../crc.ts";
import type { Metrics } from "./training.ts";

export interface EventLog extends AsyncDisposable {
  append(rows: readonly Metrics[]): Promise<void>;
}

/**
 * Opens a file of its own, `events.out.tfevents.<ms>`, for steps from `step` on. Its beginning tells TensorBoard to forget
 * what the folder's earlier files have of these steps. `now` gives seconds since 1970.
 */
export async function openEvents(
  folder: string,
  step: number,
  now: () => number = () => Date.now() / 1000,
): Promise<EventLog> {
  const file = await open(join(folder, `events.out.tfevents.${Math.round(1000 * now())}`), "a");
  await file.write(Buffer.concat([record(versionEvent(now())), record(startEvent(now(), step))]));
  return {
    async append(rows) {
      const seconds = now();
      const events = rows.map(({ step, ...scalars }) => record(scalarEvent(seconds, step, scalars)));
      if (events.length) await file.write(Buffer.concat(events));
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

const NOTHING = new Uint8Array();

/** message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7; } */
const event = (seconds: number, step: number, field: Uint8Array): Uint8Array =>
  Buffer.concat([double(1, seconds), step ? varint(2, step) : NOTHING, field]); // 0 is what is not written

const versionEvent = (seconds: number) => event(seconds, 0, bytes(3, Buffer.from("brain.Event:2")));

/** message SessionLog { enum SessionStatus { START = 1; } SessionStatus status = 1; } */
const startEvent = (seconds: number, step: number) => event(seconds, step, bytes(7, varint(1, 1)));

/** message Summary { message Value { string tag = 1; oneof value { float simple_value = 2; } } repeated Value value = 1; } */
function scalarEvent(seconds: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  );
  return event(seconds, step, bytes(5, Buffer.concat(values)));
}

// Fields of protocol buffers: a key, which is (number << 3 | wire type), then the value.
const varint = (number: number, value: number) => Buffer.from([(number << 3) | 0, ...digits(value)]);
const bytes = (number: number, value: Uint8Array) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, ...digits(value.length)]), value]);

function double(number: number, value: number): Buffer {
  const field = Buffer.from([(number << 3) | 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  field.writeDoubleLE(value, 1);
  return field;
}

function float(number: number, value: number): Buffer {
  const field = Buffer.from([(number << 3) | 5, 0, 0, 0, 0]);
  field.writeFloatLE(value, 1);
  return field;
}

/** A whole number from 0 to 2^53 in digits of base 128, the lowest first; all but the last have their high bit set. */
function digits(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest ? [(value % 128) + 128, ...digits(rest)] : [value];
}

function record(data: Uint8Array): Buffer {
  const framed = Buffer.alloc(12 + data.length + 4);
  framed.writeBigUInt64LE(BigInt(data.length), 0);
  framed.writeUInt32LE(masked(crc32c(framed.subarray(0, 8))), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(masked(crc32c(data)), 12 + data.length);
  return framed;
}

/** So that a checksum of data that holds checksums tells something: rotated by 15 bits, plus a constant; lib/hash/crc32c.h. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
