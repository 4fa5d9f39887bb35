import { ADD, broadcast } from "../runtime/broadcast";

// y = a + b, broadcast
export function add(args: usize, thread: u32, threads: u32): void {
  broadcast(ADD, args, thread, threads);
}
