/** The HTTP API as a value: whatever differs between hosts comes in as a port, so Node and Workers run one code base. */
import { Hono } from "hono";

/** What a host provides. `version` is the package's. */
export type Ports = { version: string };

/** GET /healthz -> 200 {status: "ok", version} while the process answers at all. */
export function createApp({ version }: Ports) {
  return new Hono().get("/healthz", (c) => c.json({ status: "ok", version }));
}
