// Where there is much of something, all of it can be reached, and what is done with many is what was
// meant: in a browser, against a real server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { expectAccessible, goTo, launch, see, shot, visit } from "./browser.mjs";
import { Pool } from "./pool.mjs";
import { Socket } from "./socket.mjs";

let pool;
let socket;
let browser;
let page; // of an operator who has signed in

const range = (n, make) => Array.from({ length: n }, (_, index) => make(index));

before(async () => {
  pool = new Pool({
    pool: { name: "many" },
    tasks: [
      { id: "chatty", assignee: "nobody" },
      { id: "noted", assignee: "nobody" },
      ...range(5, (n) => ({ id: `bulk-${n}`, title: `Bulk ${n}`, assignee: "nobody" })),
      { id: "whole", title: "Whole", assignee: "nobody" },
      { id: "part", title: "Part", parent: "whole", assignee: "nobody" },
    ],
  });
  const address = await pool.up();
  socket = new Socket(join(pool.folder, ".evener/evener.sock"));
  await socket.give([{ type: "register", worker: { name: "busy" } }]);
  await socket.give(range(600, (n) => ({ type: "note", task: "noted", worker: "busy", text: `note ${n}.` })));
  for (let from = 0; from < 2400; from += 800) await socket.give(range(800, (n) => ({ type: "note", task: "chatty", text: `chat ${from + n}.` })));
  browser = await launch();
  page = await visit(browser, address, { acceptDownloads: true });
  await see(page, "Needs somebody");
});

after(async () => {
  socket?.close();
  await browser?.close();
  await pool?.remove();
});

const main = () => page.locator("main");
const button = (name) => main().getByRole("button", { name, exact: true });
const show = (task) => JSON.parse(pool.evener("show", task, "--json")).result;

async function expectSoon(what, isSo) {
  for (let tries = 0; tries < 200; ++tries) {
    if (await isSo()) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${what} did not come to be`);
}

async function seqs() {
  return (await main().locator("li .seq").allTextContents()).map(Number);
}

function expectGapless(found) {
  assert.deepEqual(found, range(found.length, (index) => found[0] - index));
}

test("the log has no gap however far back one goes, and stays live", async () => {
  await goTo(page, "/log");
  await see(page, "chat 2399.");
  const newest = (await seqs())[0];
  for (let press = 1; press <= 3; ++press) {
    await button("Older ones").click();
    await expectSoon("500 more", async () => (await seqs()).length === 500 * (press + 1));
    expectGapless(await seqs());
  }
  await socket.give([{ type: "note", task: "chatty", text: "said just now" }]);
  await see(page, "said just now");
  const found = await seqs();
  assert.equal(found[0], newest + 1);
  expectGapless(found);
  await page.getByLabel("Search in what is shown").fill("just now");
  await see(page, /1 fact of the .* shown since/);
  assert.equal((await seqs()).length, 1);
  await page.waitForURL(/#\/log\?text=just\+now/);
  await page.reload();
  await expectSoon("the search of the address", async () => (await seqs()).length === 1);
  await goTo(page, "/log");
  for (let presses = 0; (await button("Older ones").count()) > 0 && presses < 20; ++presses) {
    const { length } = await seqs();
    await button("Older ones").click();
    await expectSoon("older ones", async () => (await seqs()).length > length);
  }
  assert.equal((await seqs()).at(-1), 1);
  expectGapless(await seqs());
});

test("a task and a worker show the newest of their history first, and all of it on demand", async () => {
  for (const [hash, title] of [["/task/noted", "History"], ["/worker/busy", "History"]]) {
    await goTo(page, hash);
    const history = main().locator("section").filter({ has: page.getByRole("heading", { name: title }) });
    await history.getByText("note 599.").waitFor();
    for (let presses = 0; (await history.getByText("note 0.").count()) === 0 && presses < 10; ++presses) {
      const before = await history.locator("li").count();
      await history.getByRole("button", { name: "Older ones" }).click();
      await expectSoon("older ones", async () => (await history.locator("li").count()) > before);
    }
    assert.equal(await history.getByText(/note \d+\./).count(), 600, hash);
  }
  await goTo(page, "/worker/busy?at=300");
  await see(page, /note 2\d\d\./);
  assert.equal(await main().getByText("note 599.").count(), 0);
  // Where nothing happens the way back to the present is as long, too.
  await page.reload();
  await see(page, "as it stood after fact 300");
  await expectSoon("a slider up to the newest fact", async () => Number(await page.getByRole("slider").getAttribute("max")) > 3000);
});

test("many are acted on as they are now, and what was done is what is said and taken back", async () => {
  await goTo(page, "/list?text=bulk-");
  for (const id of ["bulk-0", "bulk-1", "bulk-2"]) await page.getByLabel(`Choose ${id}`).check();
  await page.waitForURL(/ticked=bulk-0\+bulk-1\+bulk-2/);
  await page.reload();
  await see(page, "3 chosen");
  assert.ok(await page.getByLabel("Choose bulk-1").isChecked());
  await button("Hold").click();
  const dialog = page.getByRole("dialog", { name: "Hold 3 tasks?" });
  pool.evener("hold", "bulk-1", "--reason", "by somebody else");
  pool.evener("cancel", "bulk-2");
  await dialog.getByRole("button", { name: "Hold" }).click();
  await see(page, "held bulk-0");
  await page.getByRole("button", { name: "Undo" }).last().click();
  await see(page, "taken back");
  await expectSoon("the first let go", () => show("bulk-0").state !== "held");
  assert.equal(show("bulk-1").reason, "by somebody else");
  assert.equal(show("bulk-2").state, "cancelled");
});

test("what was held for a reason is held for it again", async () => {
  await goTo(page, "/task/bulk-1");
  await button("Resume").click();
  await see(page, "let bulk-1 go");
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expectSoon("the hold", () => show("bulk-1").state === "held");
  assert.equal(show("bulk-1").reason, "by somebody else");
});

test("those of many that were taken can be taken back", async () => {
  await goTo(page, "/list?ticked=whole+part");
  await see(page, "2 chosen");
  // The part goes with the whole, and is refused of itself or changes nothing.
  await button("Cancel").click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await see(page, /cancelled (whole|2 tasks)/);
  assert.equal(show("part").state, "cancelled");
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expectSoon("both again", () => show("whole").state !== "cancelled" && show("part").state !== "cancelled");
});

test("one tick chooses all that the filter shows", async () => {
  await goTo(page, "/list?text=bulk-&states=waiting,ready");
  await see(page, /^3 tasks$/);
  await page.getByLabel("Choose all that the filter shows").check();
  await see(page, "3 chosen");
  await expectAccessible(page, "a list with ticks");
  await shot(page, "list-ticked");
  await page.getByLabel("Choose all that the filter shows").uncheck();
  await page.getByText("3 chosen").waitFor({ state: "detached" });
});

test("all that needs somebody is shown, however many blockers there are", async () => {
  const workers = range(300, (n) => `worker-${n}`);
  await socket.give(workers.map((name) => ({ type: "register", worker: { name } })));
  await socket.give([{ type: "add", tasks: workers.map((_, n) => ({ id: `fails-${n}` })) }]);
  const claims = await socket.give(workers.map((worker, n) => ({ type: "claim", worker, task: `fails-${n}` })));
  await socket.give(claims.map((answer, n) => ({ type: "fail", task: `fails-${n}`, worker: workers[n], fence: answer.result.fence, reason: "no disk", final: true })));
  await socket.give(range(25, (n) => ({ type: "raise_blocker", task: "chatty", text: `obstacle ${n}`, severity: "urgent" })));
  await goTo(page, "/attention");
  await see(page, "25 open");
  // One of them tells that some tasks are meant for nobody.
  await see(page, /The 175 gravest of 301 are shown/);
  assert.equal(await main().getByText("failed", { exact: true }).count(), 175);
  await button("Show more").click();
  await main().getByText(/gravest of/).waitFor({ state: "detached" });
  assert.equal(await main().getByText("failed", { exact: true }).count(), 300);
  const group = main().getByRole("group", { name: "Save as" });
  const [download] = await Promise.all([page.waitForEvent("download"), group.getByRole("button", { name: "JSON" }).click()]);
  const rows = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.equal(rows.filter((row) => row.kind === "failed").length, 300);
  assert.equal(rows.filter((row) => row.kind === "blocker").length, 25);
});

test("of a tree that comes back, what had failed is not tried again, and what was held keeps its reason", async () => {
  await socket.give([
    { type: "add", tasks: [{ id: "tree", assignee: "nobody" }, { id: "tree-failed", parent: "tree", assignee: "busy" }, { id: "tree-held", parent: "tree", assignee: "nobody" }] },
    { type: "hold", task: "tree-held", reason: "no key" },
  ]);
  const [claim] = await socket.give([{ type: "claim", worker: "busy", task: "tree-failed" }]);
  await socket.give([{ type: "fail", task: "tree-failed", worker: "busy", fence: claim.result.fence, reason: "no disk", final: true }]);
  await goTo(page, "/task/tree");
  await button("Cancel").click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
  await see(page, "cancelled tree");
  assert.equal(show("tree-held").state, "cancelled");
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expectSoon("the reason", () => show("tree-held").reason === "no key");
  assert.equal(show("tree").state, "waiting");
  assert.equal(show("tree-failed").state, "held");
});

test("of many that are offered to another, those that run stay with their workers", async () => {
  await socket.give([{ type: "add", tasks: [{ id: "move-run", assignee: "busy" }, { id: "move-ready", assignee: "nobody" }] }]);
  await socket.give([{ type: "claim", worker: "busy", task: "move-run", lease_ms: 3_600_000 }]);
  await goTo(page, "/list?ticked=move-run+move-ready");
  await see(page, "2 chosen");
  await button("Reassign").click();
  const dialog = page.getByRole("dialog", { name: "For whom are 2 tasks meant? What runs stays with its worker." });
  await dialog.getByRole("textbox").or(dialog.getByRole("combobox")).fill("yves");
  await dialog.getByRole("button", { name: "Offer it" }).click();
  await see(page, "move-ready is offered to yves");
  assert.equal(show("move-ready").task.assignee, "yves");
  assert.equal(show("move-run").task.assignee, "busy");
});

test("a task that others may take after a while is offered to whoever can, and that is taken back", async () => {
  await socket.give([{ type: "add", tasks: [{ id: "patient", assignee: "nobody", assignee_delay_ms: 3_600_000 }] }]);
  await goTo(page, "/task/patient");
  await button("Reassign").click();
  await page.getByRole("dialog").getByRole("button", { name: "Offer it" }).click();
  await see(page, "patient is offered to whoever can");
  assert.equal(show("patient").task.assignee_delay_ms, undefined);
  await page.getByRole("button", { name: "Undo" }).last().click();
  await expectSoon("the assignee", () => show("patient").task.assignee === "nobody");
  assert.equal(show("patient").task.assignee_delay_ms, 3_600_000);
});

test("nothing went wrong in the page", () => assert.deepEqual(page.wrongs, []));
