import { broadcast, DIV } from "../runtime/broadcast";

// y = a / b, broadcast
export function div(args: usize, thread: u32, threads: u32): void {
  broadcast(DIV, args, thread, threads);
}
