// What is done from the dashboard, and what leaves it: in a browser, against a real server and real
// workers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { expectAccessible, expectNoOverflow, goTo, launch, see, shot, visit } from "./browser.mjs";
import { Pool } from "./pool.mjs";

const esc = "\u001b";
const colours = `for i in $(seq 1 2000); do printf '${esc}[32mstep %s${esc}[0m <b>\\n' $i; sleep 0.2; done`;

let pool;
let browser;
let page; // of an operator who has signed in

before(async () => {
  pool = new Pool({
    pool: { name: "acting" },
    phases: [{ id: "build", title: "Build" }, { id: "release", title: "Release", after: ["build"] }],
    tasks: [
      { id: "loud", title: "Prints in colours", run: colours, phase: "build", estimate_ms: 600_000, kind: "noisy" },
      ...[1, 2, 3].map((n) => ({ id: `noisy-${n}`, title: `Noise ${n}`, run: "sleep 1", kind: "noisy", priority: "low" })),
      { id: "whole", title: "The whole", phase: "build", assignee: "nobody" },
      { id: "part-one", title: "Part one", parent: "whole", assignee: "nobody", estimate_ms: 60_000 },
      { id: "part-two", title: "Part two", parent: "whole", needs: ["part-one"], assignee: "nobody", estimate_ms: 60_000 },
      { id: "after", title: "After it", needs: ["part-one", "part-two"], assignee: "nobody" },
      { id: "gpu", title: "Needs a GPU", requires: ["gpu"] },
      { id: "again", title: "Fails once", run: "test -e again || { touch again; exit 1; }", retries: 2, backoff_ms: 500, assignee: "alpha" },
    ],
  });
  const address = await pool.up();
  pool.work("--name", "alpha", "--slots", "2");
  browser = await launch();
  page = await visit(browser, address, { acceptDownloads: true });
});

after(async () => {
  await browser?.close();
  await pool?.remove();
});

const main = () => page.locator("main");
const button = (name) => main().getByRole("button", { name, exact: true });
// What was done last is taken back.
const undo = () => page.getByRole("button", { name: "Undo" }).last().click();
const show = (task) => JSON.parse(pool.evener("show", task, "--json")).result;

// Until the pool has come to that, and not for ever.
async function expectSoon(what, isSo) {
  for (let tries = 0; tries < 200; ++tries) {
    if (isSo()) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${what} did not come to be`);
}

async function saved(name, kind) {
  const group = main().getByRole("group", { name: "Save as" }).first();
  const [download] = await Promise.all([page.waitForEvent("download"), group.getByRole("button", { name: kind }).click()]);
  assert.equal(download.suggestedFilename(), `${name}.${kind.toLowerCase()}`);
  return readFileSync(await download.path());
}

test("what runs is seen as it prints, in its colours, as text", async () => {
  await goTo(page, "/task/loud");
  const output = page.getByLabel("Newest output of loud");
  await page.waitForFunction(() => /step \d+ <b>/.test(document.querySelector("pre")?.innerText ?? ""));
  assert.equal(await output.locator("b").count(), 0);
  assert.ok((await output.locator(".f-green").count()) > 0);
  const before = await output.innerText();
  await expectSoon("newer output", () => show("loud").output !== undefined && !before.includes(show("loud").output.split("\n").at(-1)));
  await page.waitForFunction((old) => document.querySelector("pre")?.innerText !== old, before);
  await expectAccessible(page, "live output");
  await shot(page, "task-output");
});

test("a task is added, changed and taken back", async () => {
  await goTo(page, "/list");
  await button("Add a task").click();
  const form = page.getByRole("dialog", { name: "A new task" });
  await expectAccessible(page, "the form of a task");
  await shot(page, "task-form");
  await form.getByLabel("Title", { exact: true }).fill("Written in the browser");
  await form.getByLabel("Id, made").fill("written");
  await form.getByLabel("Needs, ids").fill("nowhere");
  await form.getByLabel("Estimate").fill("soon");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByText("expected a duration").waitFor();
  await form.getByLabel("Estimate").fill("1h30m");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByText("refused:").waitFor(); // there is no task 'nowhere'
  assert.match(await form.innerText(), /nowhere/);
  await form.getByLabel("Needs, ids").fill("part-one");
  await form.getByLabel("For whom").fill("ada");
  await form.getByRole("button", { name: "Add" }).click();
  await page.waitForURL(/#\/task\/written/);
  await see(page, "Written in the browser");
  assert.equal(show("written").task.estimate_ms, 5_400_000);

  await button("Change").click();
  const change = page.getByRole("dialog", { name: "Change written" });
  await change.getByLabel("Title", { exact: true }).fill("Changed in the browser");
  await change.getByLabel("Needs, ids").fill("part-two");
  await change.getByLabel("Labels").fill("web, urgent");
  await change.getByRole("button", { name: "Change" }).click();
  await see(page, "changed written");
  assert.deepEqual(show("written").task.needs, ["part-two"]);
  assert.deepEqual(show("written").task.labels, ["web", "urgent"]);
  await undo();
  await see(page, "taken back");
  await expectSoon("the task as it was", () => show("written").task.title === "Written in the browser");
  assert.deepEqual(show("written").task.needs, ["part-one"]);
  assert.equal(show("written").task.labels, undefined);
});

test("a title of 100 KB is refused in words", async () => {
  await page.keyboard.press("n");
  const form = page.getByRole("dialog", { name: "A new task" });
  await form.getByLabel("Title", { exact: true }).fill("x".repeat(100 * 1024));
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByText("refused:").waitFor();
  await form.getByRole("button", { name: "Leave it" }).click();
});

test("a task that runs is taken from its worker and offered to another", async () => {
  await goTo(page, "/task/loud");
  await see(page, "works on it");
  await button("Reassign").click();
  const dialog = page.getByRole("dialog", { name: /Take loud from alpha/ });
  await dialog.getByRole("textbox").or(dialog.getByRole("combobox")).fill("beta");
  await dialog.getByRole("button", { name: "Take and offer it" }).click();
  await see(page, "loud is offered to beta");
  await expectSoon("the task without a holder", () => show("loud").state === "ready");
  assert.equal(show("loud").task.assignee, "beta");
  assert.equal(show("loud").attempts[0].outcome, "released");
  await undo();
  await expectSoon("alpha at work again", () => show("loud").state === "running");
});

test("a message is sent, read and acknowledged in the name of its reader", async () => {
  await goTo(page, "/workers");
  await button("Message").click();
  const form = page.getByRole("dialog", { name: "A message" });
  await form.getByLabel("To a worker").fill("alpha");
  await form.getByLabel("Message").fill("Look at <b>the disk</b>");
  await form.getByLabel("before anything else").check();
  await form.getByRole("button", { name: "Send" }).click();
  await see(page, "sent to alpha");
  await goTo(page, "/worker/alpha");
  await see(page, "Look at <b>the disk</b>");
  await expectAccessible(page, "an inbox");
  await button("Acknowledge").first().click();
  await see(page, "None that it has not read.");
});

test("a note is written on a worker, and a blocker is raised and taken back", async () => {
  await goTo(page, "/worker/alpha");
  await button("Note").click();
  await page.getByRole("dialog").getByLabel("Note").fill("its fan is loud");
  await page.getByRole("dialog").getByRole("button", { name: "Write" }).click();
  await see(page, "its fan is loud");
  await goTo(page, "/task/after");
  await button("Blocker").click();
  await page.getByRole("dialog").getByLabel("Obstacle").fill("no key");
  await page.getByRole("dialog").getByRole("button", { name: "Raise a blocker" }).click();
  await see(page, "raised a blocker on after");
  await undo();
  await see(page, "taken back");
  assert.deepEqual(JSON.parse(pool.evener("blockers", "--json")).result.blockers, []);
});

test("many tasks are acted on at once, and that is taken back", async () => {
  await goTo(page, "/list?text=part-");
  for (const id of ["part-one", "part-two"]) await page.getByLabel(`Choose ${id}`).check();
  await button("Hold").click();
  await page.getByRole("dialog").getByRole("button", { name: "Hold" }).click();
  await see(page, "held 2 tasks");
  assert.equal(show("part-one").state, "held");
  await undo();
  await expectSoon("both let go", () => show("part-one").state !== "held" && show("part-two").state !== "held");
});

test("the plan is checked, foretold, and played with more at work", async () => {
  await goTo(page, "/plan");
  await see(page, "capability_missing");
  await see(page, "as it stands");
  await see(page, "Ideal speed-up");
  await expectAccessible(page, "the plan");
  await expectNoOverflow(page, "the plan");
  await shot(page, "plan");
  await main().getByLabel("So many").fill("8");
  await button("Ask").click();
  await see(page, "8 workers");
  // A need that others imply is dropped, and comes back.
  await button("Drop it").click();
  await see(page, "dropped 1 need");
  assert.deepEqual(show("after").task.needs, ["part-two"]);
  await undo();
  await expectSoon("the need", () => show("after").task.needs.length === 2);
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoOverflow(page, "the plan on a phone");
  await shot(page, "plan-phone");
  await page.setViewportSize({ width: 1280, height: 800 });
  assert.match((await saved("checks", "CSV")).toString(), /capability_missing/);
});

test("the board stands by phase, too", async () => {
  await goTo(page, "/board?by=phase");
  const build = page.getByRole("region", { name: "Build tasks" });
  await build.getByText("Prints in colours").waitFor();
  await page.getByRole("region", { name: "no phase tasks" }).getByText("Needs a GPU").waitFor();
  await expectAccessible(page, "the board by phase");
  await shot(page, "board-phase");
  await build.getByRole("link", { name: "in the list" }).click();
  await page.waitForURL(/#\/list\?phase=build/);
});

test("subtasks fold into their parent, and the graph leaves as a picture", async () => {
  await goTo(page, "/graph");
  await see(page, "Part one");
  await button("Fold subtasks").click();
  await page.getByText("Part one").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Show the 3 tasks of whole" }).waitFor();
  await expectAccessible(page, "a folded graph");
  await shot(page, "graph-folded");
  const svg = (await saved("graph", "SVG")).toString();
  assert.match(svg, /^<svg xmlns/);
  assert.match(svg, /The whole \(3\)/);
  const png = await saved("graph", "PNG");
  assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  await page.getByRole("button", { name: "Show the 3 tasks of whole" }).click();
  await see(page, "Part one");
  // Nearer than all of it: a map shows where one is, and moves there.
  const larger = page.getByRole("button", { name: "Larger" });
  for (let i = 0; i < 8; ++i) await larger.click();
  const map = page.locator("svg.mini");
  await map.waitFor();
  await map.click({ position: { x: 5, y: 5 } });
  await shot(page, "graph-map");
});

test("the timeline shows what was tried again and what is expected, from a blink to weeks", async () => {
  await expectSoon("the second try", () => show("again").state === "done");
  await expectSoon("something that was learned", () => show("noisy-3").state === "done");
  pool.evener("add", "Comes next", "--id", "comes-next", "--need", "loud", "--kind", "noisy");
  await goTo(page, "/timeline");
  await see(page, "expected");
  await page.locator(".bars .rest").first().waitFor();
  // Who will take what next stands in the lane of whoever it is.
  await page.locator(".bars a.expected, .bars span.expected").first().waitFor();
  await page.locator(".bars .waited").first().waitFor({ state: "attached" });
  await see(page, "Attempts that ran at once");
  await expectAccessible(page, "the timeline");
  await shot(page, "timeline-forecast");
  const bars = page.getByRole("group", { name: /^Bars/ });
  await bars.focus();
  for (let i = 0; i < 40; ++i) await page.keyboard.press("+");
  await see(page, "20ms are shown");
  await page.waitForURL(/from=\d+&to=\d+/);
  for (let i = 0; i < 60; ++i) await page.keyboard.press("-");
  await see(page, "84d 0h are shown");
  await page.keyboard.press("0");
  await page.waitForURL(/#\/timeline$/);
  assert.match((await saved("timeline", "SVG")).toString(), />alpha</);
  assert.equal(JSON.parse((await saved("timeline", "JSON")).toString()).some((row) => row.task === "again" && row.attempt === 2), true);
});

test("a table leaves whole, and no text of it is a formula", async () => {
  pool.evener("add", "=1+1", "--id", "formula", "--assignee", "nobody");
  await goTo(page, "/list?text=formula");
  await see(page, "1 task");
  const csv = (await saved("tasks", "CSV")).toString();
  assert.match(csv, /^id,title,/);
  assert.match(csv, /formula,'=1\+1,/);
});

test("moments are told in the reader's own zone", async () => {
  pool.evener("add", "Due", "--id", "due", "--assignee", "nobody", "--deadline", "2030-01-01T12:00:00Z");
  for (const [zone, hour] of [["Asia/Kolkata", "17:30"], ["America/New_York", "07:00"]]) {
    const there = await visit(browser, pool.evener("open", "--print").trim(), { timezoneId: zone, locale: "en-GB" });
    await see(there, "Needs somebody");
    await goTo(there, "/task/due");
    await see(there, new RegExp(`1 Jan 2030.* ${hour}:00`));
    await there.locator("main").getByRole("button", { name: "Change", exact: true }).click();
    assert.equal(await there.getByLabel("Deadline").inputValue(), `2030-01-01T${hour}`);
    await there.context().close();
  }
});

test("a slow connection shows what there is, and each change once it came", async () => {
  const slow = await visit(browser, pool.evener("open", "--print").trim());
  await see(slow, "Needs somebody");
  const session = await slow.context().newCDPSession(slow);
  // A poor mobile network: 400 ms there and back, 50 KB/s.
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  await goTo(slow, "/list?text=slow-");
  await see(slow, "No task is like that.");
  pool.evener("add", "Seen over a slow line", "--id", "slow-one", "--assignee", "nobody");
  await see(slow, "Seen over a slow line");
  assert.equal(await slow.getByText("trying again").count(), 0);
  await session.send("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
  await see(slow, "Seen over a slow line");
  await slow.context().close();
});

test("nothing went wrong in the page", () => assert.deepEqual(page.wrongs, []));
