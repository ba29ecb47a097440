// Makes src/api/schema.d.ts from the OpenAPI document that the server itself serves, so that no type
// is ever written twice.
//
//   node scripts/types.mjs EVENER
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import openapi, { astToString } from "openapi-typescript";

const evener = resolve(process.argv[2] ?? "../build/release/evener");
const folder = mkdtempSync(join(tmpdir(), "evener-types-"));
const socket = join(folder, ".evener/evener.sock");

function get(path) {
  return new Promise((done, fail) => {
    request({ socketPath: socket, path, headers: { Host: "evener" } }, (answer) => {
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => done(text));
    })
      .on("error", fail)
      .end();
  });
}

execFileSync(evener, ["init", "--pool", folder], { stdio: "ignore" });
const server = spawn(evener, ["up", "--pool", folder, "--listen", "none", "--quiet"], { stdio: ["ignore", "pipe", "inherit"] });
try {
  await new Promise((done, fail) => {
    server.stdout.once("data", done);
    server.once("exit", () => fail(new Error("the server did not start")));
  });
  const document = JSON.parse(await get("/v1/openapi.json"));
  const output = fileURLToPath(new URL("../src/api/schema.d.ts", import.meta.url));
  writeFileSync(output, astToString(await openapi(document)));
} finally {
  const ended = new Promise((done) => server.once("exit", done));
  server.kill("SIGTERM");
  await ended;
  if (existsSync(folder)) rmSync(folder, { recursive: true });
}
