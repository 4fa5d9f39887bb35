/** The API on Cloudflare Workers. Nothing reachable from here touches Dawn, node:* or core/data/sources. */
import { version } from "../core/version.ts";
import { createApp } from "./app.ts";

export default createApp({ version });
