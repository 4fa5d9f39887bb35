import { broadcast, MUL } from "../runtime/broadcast";

// y = a * b, broadcast
export function mul(args: usize, thread: u32, threads: u32): void {
  broadcast(MUL, args, thread, threads);
}
