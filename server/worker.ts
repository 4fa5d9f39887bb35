/** The API on Cloudflare Workers. Nothing reachable from here touches Dawn, node:* or core/data/sources. */
import pkg from "../package.json" with { type: "json" };
import { createApp } from "./app.ts";

export default createApp({ version: pkg.version });
