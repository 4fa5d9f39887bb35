import { createHash } from "node:crypto";
import { parseSafetensors } from "../../../core/safetensors.ts";

/** A checkpoint's bytes with the digest that they demand, in its own place; they are changed. */
export function signed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { sha256 } = parseSafetensors(bytes).metadata;
  const at = Buffer.from(bytes.buffer, bytes.byteOffset).indexOf(sha256);
  bytes.fill(0x30, at, at + sha256.length);
  bytes.set(Buffer.from(createHash("sha256").update(bytes).digest("hex")), at);
  return bytes;
}
