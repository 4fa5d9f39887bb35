import { broadcast, SUB } from "../runtime/broadcast";

// y = a - b, broadcast
export function sub(args: usize, thread: u32, threads: u32): void {
  broadcast(SUB, args, thread, threads);
}
