import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import pkg from "../../package.json" with { type: "json" };

describe("server/worker.ts in workerd", () => {
  const server = createTestHarness({
    workers: [{ configPath: new URL("../../wrangler.toml", import.meta.url) }],
  });
  beforeAll(() => server.listen());
  afterAll(() => server.close());

  it("answers /healthz with its status and version", async () => {
    const response = await server.fetch("/healthz");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", version: pkg.version });
  });

  it("answers 404 where it has no route", async () => {
    expect((await server.fetch("/nowhere")).status).toBe(404);
  });
});
