// Measures the dashboard (bench/dashboard): what it takes to come up, how soon a change is seen, how
// evenly its list scrolls, whether its memory grows, and what open pages cost those who claim.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goTo, launch, visit } from "./browser.mjs";
import { Pool } from "./pool.mjs";
import { Socket } from "./socket.mjs";

const [tasks = 100_000, workers = 1000, seconds = 20] = process.argv.slice(2).map(Number);
const parts = new Set((process.env.PARTS ?? "paint seen frames memory claims").split(" "));
const openPages = Number(process.env.PAGES ?? 200);
const factsPerSecond = Number(process.env.FACTS ?? 1000);

const pool = new Pool();
const address = await pool.up();
const socket = new Socket(join(pool.folder, ".evener/evener.sock"));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (what, figure) => console.log(`${what}: ${figure}`);
const round = (n) => (n < 10 ? n.toFixed(1) : String(Math.round(n)));

function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

// ---- the pool ----------------------------------------------------------------------------------

async function fill() {
  const atOnce = 200; // what one command adds must fit into a batch
  for (let from = 0; from < tasks; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, tasks - from) }, (_, index) => {
      const n = from + index;
      return { id: `task-${n}`, title: `Task number ${n} of a long list`, kind: `kind-${n % 20}`, ...(n % 4 === 3 ? { needs: [`task-${n - 1}`] } : {}) };
    });
    const [answer] = await socket.give([{ type: "add", tasks: some }]);
    if (!answer.ok) throw new Error(answer.refusal.message);
  }
  for (let from = 0; from < workers; from += 500) {
    await socket.give(Array.from({ length: Math.min(500, workers - from) }, (_, index) => ({ type: "register", worker: { name: `worker-${from + index}` } })));
  }
}

// Claims and gives back, so many facts a second, by one worker after another; one in ten tasks is done,
// and opened again, so that there is something to claim for as long as anybody likes.
class Load {
  isOver = false;
  running = undefined;

  start() {
    this.running = this.run();
  }

  async run() {
    const at = 10; // requests a second
    const pairs = factsPerSecond / 2 / at;
    let next = 0;
    for (let turn = 0, begun = performance.now(); !this.isOver; ++turn) {
      const names = Array.from({ length: pairs }, () => `worker-${next++ % workers}`);
      const claims = await socket.give(names.map((worker) => ({ type: "claim", worker, lease_ms: 60_000 })));
      const ends = claims.flatMap((answer, index) =>
        answer.ok ? [{ type: index % 10 === 0 ? "finish" : "release", task: answer.result.task.id, worker: names[index], fence: answer.result.fence }] : [],
      );
      if (ends.length > 0) await socket.give(ends);
      const again = ends.flatMap((end) => (end.type === "finish" ? [{ type: "reopen", task: end.task }] : []));
      if (again.length > 0) await socket.give(again);
      await sleep(Math.max(0, begun + ((turn + 1) * 1000) / at - performance.now()));
    }
  }

  async stop() {
    this.isOver = true;
    await this.running;
  }
}

async function underLoad(measured) {
  const load = new Load();
  load.start();
  await sleep(1000);
  const before = await newest();
  const begun = performance.now();
  try {
    await measured();
  } finally {
    const facts = (await newest()) - before;
    tell("  facts a second meanwhile", round((facts * 1000) / (performance.now() - begun)));
    await load.stop();
  }
}

async function newest() {
  return Number((await socket.ask("GET", "tasks?limit=1")).headers["evener-seq"]);
}

// ---- what is measured --------------------------------------------------------------------------

async function paint(browser) {
  const page = await visit(browser, pool.evener("open", "--print").trim());
  await page.getByText("Needs somebody").first().waitFor();
  const told = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    now: performance.now(),
    bytes: [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
      .filter((entry) => !entry.name.includes("/v1/"))
      .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  }));
  tell("first paint, ms", round(told.paint));
  tell("all of Now, ms", round(told.now));
  tell("first load, KB compressed", round(told.bytes / 1024));
  await page.context().close();
}

async function seen(page) {
  const times = [];
  for (let n = 0; n < seconds * 2; ++n) {
    const task = `task-${4 * n}`;
    await goTo(page, `/task/${task}`);
    await page.getByText("May take it").first().waitFor();
    const shown = page.evaluate(
      () =>
        new Promise((done) => {
          const look = () => document.querySelector("main")?.textContent?.includes("works on it") && (observer.disconnect(), requestAnimationFrame(() => done(Date.now())), true);
          const observer = new MutationObserver(look);
          if (!look()) observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
    );
    const [answer] = await socket.give([{ type: "claim", worker: "watched", task }]);
    const given = Date.now();
    if (!answer.ok) throw new Error(answer.refusal.message);
    times.push(Math.max(0, (await shown) - given));
    await socket.give([{ type: "release", task, worker: "watched", fence: answer.result.fence }]);
  }
  tell("  a claim is seen after its answer, ms, median and p95", `${round(quantile(times, 0.5))} ${round(quantile(times, 0.95))}`);
}

async function frames(page) {
  await goTo(page, "/now");
  await page.getByText("Needs somebody").first().waitFor();
  await goTo(page, "/list");
  await page.getByText("Task number 0 of").waitFor();
  // What Chromium itself says of its frames, as its performance panel counts them.
  await browser.startTracing(page, { screenshots: false, categories: ["-*", "disabled-by-default-devtools.timeline.frame"] });
  const gaps = await page.evaluate(async (ms) => {
    const rows = document.querySelector("[role=rowgroup]");
    const times = [];
    await new Promise((done) => {
      const begun = performance.now();
      let before;
      const step = (now) => {
        if (before !== undefined) times.push(now - before);
        before = now;
        rows.scrollTop += 40;
        if (now - begun < ms) requestAnimationFrame(step);
        else done();
      };
      requestAnimationFrame(step);
    });
    return times;
  }, seconds * 1000);
  const trace = await browser.stopTracing();
  if (process.env.TRACE) writeFileSync(process.env.TRACE, trace);
  const traced = JSON.parse(trace.toString()).traceEvents;
  const framesThat = (name) => traced.filter((event) => event.name === name).length;
  tell("  frames while scrolling, ms, median, p95, longest", `${round(quantile(gaps, 0.5))} ${round(quantile(gaps, 0.95))} ${round(Math.max(...gaps))}`);
  const [drawn, dropped] = [framesThat("DrawFrame"), framesThat("DroppedFrame")];
  tell("  frames drawn and dropped, by Chromium's trace", `${drawn} ${dropped}`);
  tell("  frames later than 25 ms after the one before", `${gaps.filter((gap) => gap > 25).length} of ${gaps.length}`);
}

async function memory(page) {
  await goTo(page, "/now");
  await page.getByText("Needs somebody").first().waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((one) => one.name === "JSHeapUsedSize").value / 1024 / 1024;
  };
  const sizes = [];
  const serverBefore = serverMemory();
  const samples = 24;
  for (let n = 0; n <= samples; ++n) {
    sizes.push(await used());
    if (n < samples) await sleep((seconds * 6000) / samples);
  }
  tell(`  memory of Now, MB, every ${seconds / 4} s`, sizes.map((size) => size.toFixed(1)).join(" "));
  tell("  memory of the server, MB, before and after", `${serverBefore} ${serverMemory()}`);
}

function serverMemory() {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pool.server.pid}/status`, "utf8"))[1]) / 1024);
}

// ---- claims beside open pages ------------------------------------------------------------------

function serverCpuMs() {
  const fields = readFileSync(`/proc/${pool.server.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

// Four who claim and finish as fast as they are answered, twenty to a request.
async function claimRate() {
  let cycles = 0;
  const end = performance.now() + seconds * 1000;
  const cpu = serverCpuMs();
  const claimer = async (who) => {
    const own = new Socket(socket.path);
    while (performance.now() < end) {
      const names = Array.from({ length: 20 }, (_, index) => `worker-${(who * 20 + index) % workers}`);
      const claims = await own.give(names.map((worker) => ({ type: "claim", worker })));
      const ends = claims.flatMap((answer, index) => (answer.ok ? [{ type: "release", task: answer.result.task.id, worker: names[index], fence: answer.result.fence }] : []));
      if (ends.length > 0) await own.give(ends);
      cycles += ends.length;
    }
    own.close();
  };
  await Promise.all([0, 1, 2, 3].map(claimer));
  return { rate: cycles / seconds, cpuShare: (serverCpuMs() - cpu) / seconds / 1000 };
}

async function claims() {
  for (const count of [0, openPages, 0, openPages]) {
    // Browsers run elsewhere: what stands for them here gets the time that the others leave.
    const pages = count > 0 ? spawn("nice", ["-n", "19", process.execPath, "e2e/pages.mjs", socket.path, String(count)], { stdio: ["pipe", "pipe", "inherit"] }) : undefined;
    let said = "";
    pages?.stdout.on("data", (piece) => (said += piece));
    if (pages) await sleep(3000);
    const { rate, cpuShare } = await claimRate();
    let asked = "";
    if (pages) {
      const ended = new Promise((done) => pages.once("exit", done));
      pages.stdin.end();
      await ended;
      const { answers, bytes } = JSON.parse(said);
      asked = `; the pages were given ${round(answers / (seconds + 3))} answers and ${(bytes / 1e6 / (seconds + 3)).toFixed(1)} MB a second`;
    }
    tell(`  claim + release a second, ${count} pages open`, `${round(rate)}, the server took ${(100 * cpuShare).toFixed(0)} % of a core${asked}`);
  }
}

// ---- the whole ---------------------------------------------------------------------------------

let browser;
try {
  const begun = performance.now();
  await fill();
  tell("tasks, workers", `${tasks} ${workers}, filled in ${round((performance.now() - begun) / 1000)} s`);
  const chromium = ["paint", "seen", "frames", "memory"].some((part) => parts.has(part));
  if (chromium) browser = await launch();
  const page = chromium ? await visit(browser, address) : undefined;
  if (parts.has("paint")) await paint(browser);
  for (const [name, part] of [["seen", seen], ["frames", frames]]) {
    if (!parts.has(name)) continue;
    console.log(`${name}, quiet`);
    await part(page);
    console.log(`${name}, under load`);
    await underLoad(() => part(page));
  }
  if (parts.has("memory")) {
    console.log("memory, under load");
    await underLoad(() => memory(page));
  }
  await browser?.close();
  browser = undefined;
  if (parts.has("claims")) {
    console.log("claims");
    await claims();
  }
} finally {
  await browser?.close();
  socket.close();
  await pool.remove();
}
