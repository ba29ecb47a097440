// A pool with a real server and real workers for the tests of the dashboard, in a folder that goes
// away; everything that is started here is ended here.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const program = resolve(process.env.EVENER ?? "../build/release/evener");

export class Pool {
  folder = mkdtempSync(join(tmpdir(), "evener-dashboard-"));
  server = undefined;
  others = [];
  address = "";

  constructor(plan) {
    this.evener("init", "--name", "tour");
    if (plan !== undefined) this.import(plan);
  }

  import(plan) {
    const file = join(this.folder, "plan.json");
    writeFileSync(file, JSON.stringify(plan));
    this.evener("import", file);
  }

  environment() {
    const { EVENER_POOL: _p, EVENER_SERVER: _s, EVENER_WORKER: _w, EVENER_TOKEN: _t, ...rest } = process.env;
    return { ...rest, NO_COLOR: "1" };
  }

  // What a command prints; it fails if the command does.
  evener(...words) {
    return execFileSync(program, [...words, "--pool", this.folder], {
      cwd: this.folder,
      env: this.environment(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  // Answers the address with its code.
  async up(listen = "127.0.0.1:0") {
    this.server = spawn(program, ["up", "--quiet", "--listen", listen, "--pool", this.folder], {
      cwd: this.folder,
      env: this.environment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    const address = await new Promise((done, fail) => {
      this.server.once("exit", () => fail(new Error(`the server did not start: ${printed}`)));
      this.server.stdout.on("data", (piece) => {
        printed += piece;
        const found = /^dashboard (\S+)/m.exec(printed);
        if (found) done(found[1]);
      });
    });
    this.address = new URL(address).origin;
    return address;
  }

  async end(child, signal = "SIGTERM") {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
  }

  async down() {
    await this.end(this.server);
    this.server = undefined;
  }

  work(...words) {
    const child = spawn(program, ["work", "--pool", this.folder, ...words], {
      cwd: this.folder,
      env: this.environment(),
      stdio: "ignore",
    });
    this.others.push(child);
    return child;
  }

  async remove() {
    for (const child of this.others) await this.end(child);
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
