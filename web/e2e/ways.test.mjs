// Ways through the dashboard: addresses that can be passed on, moments of the past, keys, a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { expectAccessible, expectNoOverflow, goTo, launch, see, shot, visit } from "./browser.mjs";
import { Pool } from "./pool.mjs";

let pool;
let browser;
let page; // of an operator who has signed in

before(async () => {
  pool = new Pool({
    pool: { name: "ways" },
    tasks: [
      { id: "long", title: "Long job", run: "sleep 3600", estimate_ms: 7_200_000 },
      { id: "first", title: "First", assignee: "nobody", estimate_ms: 3_600_000 },
      { id: "second", title: "Second", needs: ["first"], assignee: "nobody", estimate_ms: 3_600_000 },
    ],
  });
  const address = await pool.up();
  pool.work("--name", "alpha");
  for (let n = 0; n < 60; ++n) pool.evener("note", "first", `remark ${n}`);
  pool.evener("add", "Newer than the past", "--id", "newer", "--assignee", "nobody");
  browser = await launch();
  page = await visit(browser, address);
  await see(page, "Needs somebody");
});

after(async () => {
  await browser?.close();
  await pool?.remove();
});

const main = () => page.locator("main");
const button = (name) => main().getByRole("button", { name, exact: true });
const show = (task) => JSON.parse(pool.evener("show", task, "--json")).result;
const menu = (name) => page.getByRole("navigation").getByRole("link", { name });

async function expectSoon(what, isSo) {
  for (let tries = 0; tries < 200; ++tries) {
    if (await isSo()) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${what} did not come to be`);
}

test("the address tells the moment wherever one goes, and none is the present", async () => {
  await goTo(page, "/now?at=20");
  await see(page, "as it stood after fact 20");
  await menu("List").click();
  await page.waitForURL(/#\/list\?at=20$/);
  await page.reload();
  await see(page, "as it stood after fact 20");
  await page.getByRole("link", { name: "First" }).first().click();
  await page.waitForURL(/#\/task\/first\?at=20$/);
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await page.waitForURL(/#\/board\?at=20$/);
  await goTo(page, "/list");
  await see(page, "now, fact");
  await see(page, "Newer than the past");
  await page.goBack();
  await see(page, "as it stood after fact 20");
  await page.goForward();
  await see(page, "now, fact");
});

test("a moment that there is not is said to be none, and nobody acts in it", async () => {
  for (const odd of ["-5", "1.5", "1e308", "Infinity", "0", "999999"]) {
    await goTo(page, `/task/first?at=${odd}`);
    await see(page, "There is no such moment");
    await see(page, /counted from 1 on; the newest is \d+/);
    assert.equal(await main().getByRole("button").count(), 0, odd);
    await main().getByRole("link", { name: "Back to now" }).click();
    await page.waitForURL(/#\/task\/first$/);
    await button("Hold").waitFor();
  }
  await goTo(page, "/task/first?at=-5");
  await see(page, "There is no such moment");
  await expectAccessible(page, "no such moment");
  await shot(page, "no-moment");
});

test("the log plays as fast as was asked for", async () => {
  await goTo(page, "/list?at=1");
  await see(page, "as it stood after fact 1");
  await page.getByLabel("Facts a second").selectOption("10");
  const reached = await page.evaluate(async () => {
    const atOf = () => Number(/at=(\d+)/.exec(location.hash)?.[1] ?? 0);
    document.querySelector('[aria-label="Play from there"]').click();
    const begun = performance.now();
    await new Promise((done) => setTimeout(done, 3000));
    return { facts: atOf() - 1, seconds: (performance.now() - begun) / 1000 };
  });
  assert.ok(reached.facts <= 10 * reached.seconds, JSON.stringify(reached));
  assert.ok(reached.facts >= 10 * (reached.seconds - 1.5), JSON.stringify(reached));
  await page.getByRole("button", { name: "Now", exact: true }).click();
});

test("the palette finds what there was, and opens the time", async () => {
  await goTo(page, "/now?at=10");
  await see(page, "as it stood after fact 10");
  const field = page.getByPlaceholder("A task, a worker or a page");
  await page.keyboard.press("Control+k");
  await field.fill("first");
  const hits = page.getByRole("listbox", { name: "Found" }).getByRole("option");
  await hits.filter({ hasText: "First" }).waitFor();
  await field.fill("newer");
  await hits.filter({ hasText: "First" }).waitFor({ state: "detached" });
  await page.waitForTimeout(500);
  assert.equal(await hits.count(), 0);
  await page.keyboard.press("Escape");
  await goTo(page, "/now");
  await page.reload();
  await see(page, "Needs somebody");
  await page.keyboard.press("Control+k");
  await field.fill("time travel");
  await page.keyboard.press("Enter");
  await see(page, "now, fact");
});

test("what is foretold counts from the clock of what is shown", async () => {
  const ahead = await visit(browser, pool.evener("open", "--print").trim(), { locale: "en-GB" });
  await see(ahead, "Needs somebody");
  await ahead.clock.setSystemTime(Date.now() + 3 * 86_400_000);
  await goTo(ahead, "/plan?workers=2");
  await ahead.reload();
  await see(ahead, "2 workers");
  // It begins in some minutes, which may be tomorrow.
  const days = [0, 1].map((later) =>
    new Date(Date.now() + later * 86_400_000).toLocaleString("en-GB", { weekday: "short" }),
  );
  await see(ahead, new RegExp(`(${days.join("|")}),? \\d\\d:\\d\\d to`));
  await ahead.context().close();
});

test("searches and what part of time is seen stand in the address, and links to them are followed", async () => {
  await goTo(page, "/graph?text=second");
  await page.locator("a.hit").getByText("Second").waitFor();
  assert.equal(await page.getByLabel("Search in the graph").inputValue(), "second");
  await page.getByLabel("Search in the graph").fill("first");
  await page.waitForURL(/text=first/);
  await page.locator("a.hit").getByText("First").waitFor();
  const now = Date.now();
  await goTo(page, `/timeline?from=${now - 60_000}&to=${now}`);
  await see(page, "1m 0s are shown");
  await goTo(page, `/timeline?from=${now - 7_200_000}&to=${now}`);
  await see(page, "2h 0m are shown");
  await goTo(page, "/timeline");
  await page.getByText("2h 0m are shown").waitFor({ state: "detached" });
  await see(page, /^1 attempt in /);
});

test("after a drag the keyboard follows a bar at once", async () => {
  await goTo(page, "/timeline");
  const bar = page.locator(".bars a.running");
  await bar.waitFor();
  const box = await page.getByRole("group", { name: /^Bars/ }).boundingBox();
  await page.mouse.move(box.x + 200, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + 260, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await bar.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/task\/long/);
});

test("an address without a subject, or a question that is refused, says so", async () => {
  await goTo(page, "/worker/");
  await see(page, "The address names no worker.");
  await goTo(page, "/task/");
  await see(page, "The address names no task.");
  await main().getByRole("link", { name: "Show all" }).click();
  await page.waitForURL(/#\/list/);
  await goTo(page, "/list?sort=nonsense");
  await page.getByRole("alert").waitFor();
  assert.equal(await main().getByText(/^\d+ tasks?$/).count(), 0);
  await goTo(page, "/plan?workers=nonsense");
  await page.reload();
  await page.getByRole("alert").first().waitFor();
  assert.match(await main().getByLabel("Forecast").innerText(), /Open\s*–/i);
});

test("what is told as a duration tells its moment, too", async () => {
  await goTo(page, "/workers");
  await main().locator("time[title]", { hasText: "ago" }).first().waitFor();
  await goTo(page, "/list");
  await main().locator(".since time[title]").first().waitFor();
  await goTo(page, "/board");
  await main().locator("li time[title]").first().waitFor();
  await goTo(page, "/cluster");
  await see(page, "heard");
  await main().locator("time[title]", { hasText: "ago" }).first().waitFor();
  await goTo(page, "/task/long");
  await see(page, "works on it");
  assert.ok((await main().getByLabel("Runs now").locator("time[title]").count()) > 0);
});

test("who acts by keys stays where they act, and takes it back by keys", async () => {
  await goTo(page, "/task/first");
  await button("Hold").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("not yet");
  await page.keyboard.press("Enter");
  const notice = page.getByRole("status").getByText("held first", { exact: true });
  await notice.waitFor();
  await button("Hold").waitFor({ state: "detached" });
  await expectSoon("the focus on Undo", () => page.evaluate(() => document.activeElement?.textContent === "Undo"));
  // As long as it has the focus, it stays.
  await page.waitForTimeout(21_000);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Undo");
  await page.keyboard.press("Enter");
  await see(page, "taken back");
  await expectSoon("the task let go", () => show("first").state !== "held");
  await expectSoon("the focus somewhere", () => page.evaluate(() => document.activeElement !== document.body));
  await button("Hold").waitFor();
  await button("Hold").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter"); // on the reason, which is empty
  await notice.waitFor();
  await page.keyboard.press("Control+z");
  await expectSoon("the task let go by a key", () => show("first").state !== "held");
});

test("keys of a single letter can be turned off, and the browser remembers it", async () => {
  await goTo(page, "/now");
  await see(page, "Needs somebody");
  await page.locator("main").focus();
  await page.keyboard.press("?");
  await see(page, "in the graph or the timeline: move it");
  await page.getByLabel("Keys of a single letter or sign").uncheck();
  await expectAccessible(page, "the keys");
  await shot(page, "keys-off");
  await page.keyboard.press("Escape");
  await page.reload();
  await see(page, "Needs somebody");
  for (const key of ["g", "w", "?", "n"]) await page.keyboard.press(key);
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.match(page.url(), /#\/now$/);
  await page.getByRole("button", { name: "Keys", exact: true }).click();
  await page.getByLabel("Keys of a single letter or sign").check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.waitForURL(/#\/workers/);
});

test("nothing leads away from a form that stands open", async () => {
  await goTo(page, "/list");
  await button("Add a task").click();
  const form = page.getByRole("dialog", { name: "A new task" });
  await form.getByLabel("Title", { exact: true }).fill("half written");
  await page.keyboard.press("Control+k");
  await page.waitForTimeout(200);
  assert.equal(await page.getByRole("dialog").count(), 1);
  assert.equal(await form.getByLabel("Title", { exact: true }).inputValue(), "half written");
  await form.getByRole("button", { name: "Leave it" }).click();
});

test("a machine may have the same twice", async () => {
  pool.evener("machine", "walnut", "--gpu", "A100", "--gpu", "A100");
  await goTo(page, "/cluster");
  await see(page, "gpu:A100");
  assert.equal(await main().getByText("gpu:A100", { exact: true }).count(), 1);
});

test("who waits for a lock is told who is in the way, and for which task", async () => {
  pool.evener("add", "Holds it", "--id", "holder", "--lock", "db", "--assignee", "eve");
  pool.evener("claim", "holder", "--worker", "eve");
  pool.evener("add", "Wants it", "--id", "wanter", "--lock", "db", "--assignee", "nobody");
  await goTo(page, "/locks");
  const row = page.getByRole("region", { name: "Who waits" }).getByRole("row", { name: "Wants it" });
  await row.waitFor();
  assert.match(await row.innerText(), /eve, holder/);
});

test("a phone reaches the time, and the way out", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await goTo(page, "/now");
  await page.reload();
  await see(page, "Needs somebody");
  const time = page.getByRole("button", { name: "Time travel" });
  await time.click();
  await see(page, "now, fact");
  await expectNoOverflow(page, "a phone with the time");
  await expectAccessible(page, "a phone with the time");
  await shot(page, "phone-time");
  await time.click();
  await page.getByText("now, fact").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "sign out" }).click();
  await see(page, "evener open");
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("nothing went wrong in the page", () => assert.deepEqual(page.wrongs, []));
