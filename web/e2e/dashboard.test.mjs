// The dashboard in a browser, against a real server and real workers.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { expectAccessible, expectNoOverflow, goTo, launch, see, shot, visit } from "./browser.mjs";
import { hostileIds, longTitle, plan } from "./plan.mjs";
import { Pool } from "./pool.mjs";
import { Socket } from "./socket.mjs";

let pool;
let browser;
let page; // of an operator who has signed in

const pages = [
  ["now", "/now", "Needs somebody"],
  ["attention", "/attention", "broken-step"],
  ["board", "/board", "Long job"],
  ["list", "/list", "Broken step"],
  ["graph", "/graph", "The thick line"],
  ["graph-around", "/graph?task=long-job", "around long-job"],
  ["workers", "/workers", "alpha"],
  ["timeline", "/timeline", "Speed-up"],
  ["log", "/log", "claimed"],
  ["cluster", "/cluster", "walnut"],
  ["plan", "/plan", "as it stands"],
  ["locks", "/locks", "src/catalogue/**"],
  ["task", "/task/long-job", "works on it"],
  ["task-failed", "/task/broken-step", "it cannot be"],
  ["task-hostile", `/task/${hostileIds[0]}`, "onerror"],
  ["task-checklist", "/task/checklist", "pages open"],
  ["worker", "/worker/alpha", "About it"],
];

before(async () => {
  pool = new Pool(plan());
  const address = await pool.up();
  for (const name of ["alpha", "beta"]) pool.work("--name", name, "--slots", "2", "--machine", "walnut");
  browser = await launch();
  page = await visit(browser, address);
});

after(async () => {
  await browser?.close();
  await pool?.remove();
});

test("a code signs in once, and leaves the address at once", async () => {
  await see(page, "Needs somebody");
  assert.ok(!page.url().includes("code="), page.url());
  const cookies = await page.context().cookies();
  assert.equal(cookies.length, 1);
  assert.ok(cookies[0].httpOnly && cookies[0].sameSite === "Strict");
  const address = pool.evener("open", "--print").trim();
  const first = await visit(browser, address);
  await see(first, "Needs somebody");
  const second = await visit(browser, address);
  await see(second, "this code is not good, or was used");
  await expectAccessible(second, "sign in");
  await shot(second, "sign-in");
  await second.getByLabel("Code, or the whole address").fill(pool.evener("open", "--print"));
  await second.getByRole("button", { name: "Sign in" }).click();
  await see(second, "Needs somebody");
  await second.getByRole("button", { name: "sign out" }).click();
  await see(second, "evener open");
  await second.reload();
  await see(second, "evener open");
  await first.context().close();
  await second.context().close();
});

test("the first load is small, and nothing leaves its server", async () => {
  const fresh = await visit(browser, pool.evener("open", "--print").trim());
  await see(fresh, "Needs somebody");
  const bytes = await fresh.evaluate(() =>
    [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
      .filter((entry) => !entry.name.includes("/v1/"))
      .reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  );
  assert.ok(bytes > 10_000 && bytes < 300_000, `${bytes} bytes`);
  assert.deepEqual(fresh.wrongs, []);
  await fresh.context().close();
});

test("each page opens, fits, and can be used by everybody, light and dark", async () => {
  // The tasks that end of themselves are over, so that pages do not change while they are looked at.
  await goTo(page, "/list?states=done");
  await see(page, /^4 tasks$/);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const [name, hash, text] of pages) {
      await goTo(page, hash);
      await see(page, text);
      await expectAccessible(page, `${name}, ${scheme}`);
      await expectNoOverflow(page, name);
      await shot(page, `${name}-${scheme}`);
    }
  }
  assert.deepEqual(page.wrongs, []);
});

test("nothing sticks out on a phone or leaves a wall empty", async () => {
  const sizes = { phone: [360, 740], wide: [2560, 1440] };
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: "light" });
    for (const [name, hash, text] of pages) {
      await goTo(page, hash);
      await page.getByText(text).first().waitFor({ state: "attached" });
      await expectNoOverflow(page, `${name} at ${width} px`);
      await shot(page, `${name}-${size}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("a change is seen at once", async () => {
  await goTo(page, "/list");
  await page.getByLabel("Search ids and titles").fill("seen at once");
  await see(page, "No task is like that.");
  pool.evener("add", "This is seen at once", "--id", "seen", "--assignee", "nobody");
  await see(page, "This is seen at once", 10_000);
});

test("texts of tasks are text, whatever they say", async () => {
  for (const id of hostileIds) {
    await goTo(page, `/task/${id}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await page.locator("main img, main script").count(), 0);
  }
  await goTo(page, `/task/${hostileIds[3]}`);
  await see(page, "safe\\u202etxt.exe");
  await goTo(page, "/task/long-title");
  await see(page, longTitle);
  assert.notEqual(await page.title(), "owned");
  assert.deepEqual(page.wrongs, []);
});

test("an operator acts, undoes, and is told why not", async () => {
  await goTo(page, "/task/long-title");
  await page.getByRole("button", { name: "Hold" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("wait for the press release");
  await page.getByRole("dialog").getByRole("button", { name: "Hold" }).click();
  await see(page, "held long-title");
  await see(page, "wait for the press release");
  await page.getByRole("button", { name: "Undo" }).click();
  await see(page, "taken back");
  await page.getByRole("button", { name: "Hold" }).waitFor();
  assert.match(pool.evener("log", "--task", "long-title"), /wait for the press release/);

  await goTo(page, "/worker/alpha");
  await page.getByRole("button", { name: "Message" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("look at the search");
  await page.getByRole("dialog").getByRole("button", { name: "Send" }).click();
  await see(page, "sent");
  await page.getByRole("button", { name: "Drain" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();
  await see(page, "alpha gets no new task");
  await page.getByRole("button", { name: "Let it claim" }).click();
  await see(page, "alpha takes tasks again");

  // What a task is now counts, not what it was when it was chosen.
  await goTo(page, "/list?states=failed");
  await page.getByLabel("Choose broken-step").check();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  pool.evener("cancel", "broken-step");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await see(page, "nothing to be done, as it is cancelled by now");
});

test("an approval and a blocker are answered where they are seen", async () => {
  pool.evener("block", "waits-for-ada", "the key is missing", "--severity", "high");
  await goTo(page, "/attention");
  await see(page, "the key is missing");
  await page.getByRole("button", { name: "Resolve" }).click();
  await see(page, "resolved the blocker on waits-for-ada");
  await page.getByText("the key is missing").waitFor({ state: "detached" });
});

test("who may only read is shown no actions", async () => {
  const token = pool.evener("token", "add", "board", "--scope", "read").trim();
  const { execFileSync } = await import("node:child_process");
  const address = execFileSync(process.env.EVENER ?? "../build/release/evener", ["--server", pool.address, "open", "--print"], {
    env: { ...pool.environment(), EVENER_TOKEN: token },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  const reader = await visit(browser, address);
  await see(reader, "may only read");
  for (const hash of ["/task/long-title", "/worker/alpha", "/attention"]) {
    await goTo(reader, hash);
    await reader.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await reader.locator("main button").filter({ hasText: /Hold|Cancel|Drain|Approve|Resolve|Note/ }).count(), 0, hash);
  }
  pool.evener("token", "revoke", "board");
  await see(reader, "evener open");
  await reader.context().close();
});

test("the keyboard reaches everything, and ? says how", async () => {
  await goTo(page, "/now");
  await see(page, "Needs somebody");
  await page.locator("main").focus();
  await page.keyboard.press("?");
  await see(page, "these keys");
  await shot(page, "keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.waitForURL(/#\/workers/);
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("A task, a worker or a page").fill("searc");
  await see(page, "Search (search)");
  await expectAccessible(page, "the palette");
  await shot(page, "palette");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/task\/search/);
});

test("time travel shows the pool as it stood, and nobody acts on that", async () => {
  await goTo(page, "/now?at=20");
  await page.reload();
  await see(page, "as it stood after fact 20");
  await see(page, /^0\s?%$/);
  await expectAccessible(page, "time travel");
  await shot(page, "time-travel");
  await goTo(page, "/task/long-job?at=20");
  await see(page, "Long job");
  assert.equal(await page.locator("main button").filter({ hasText: /Hold|Cancel|Note/ }).count(), 0);
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await see(page, "works on it");
});

test("a page says when it is stale, and goes on when the server is back", async () => {
  await goTo(page, "/list");
  const listen = new URL(pool.address).host;
  await pool.down();
  await see(page, "trying again");
  await shot(page, "stale");
  await pool.up(listen);
  pool.evener("add", "Added after the restart", "--id", "restarted", "--assignee", "nobody");
  await see(page, "live");
  await page.getByLabel("Search ids and titles").fill("after the restart");
  await see(page, "Added after the restart");
  assert.ok((await page.getByText("trying again").count()) === 0);
});

test("a list of many tasks scrolls to its end", async () => {
  const socket = new Socket(join(pool.folder, ".evener/evener.sock"));
  const atOnce = 200;
  for (let from = 0; from < 100_000; from += atOnce) {
    const tasks = Array.from({ length: atOnce }, (_, index) => ({ id: `many-${from + index}`, title: `One of many, number ${from + index}`, assignee: "nobody" }));
    await socket.give([{ type: "add", tasks }]);
  }
  socket.close();
  await goTo(page, "/list?text=one of many&sort=id");
  await see(page, "100\u2009000 tasks");
  await see(page, "One of many, number 0");
  const rows = page.getByRole("rowgroup", { name: "Rows" });
  await rows.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await see(page, "One of many, number 99999");
  assert.ok((await page.getByRole("row").count()) < 250);
});
