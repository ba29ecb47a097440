// A browser, and what every page of the dashboard must keep to.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.EVENER_SHOTS;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// A page that remembers what went wrong in it, and each request that left its server.
export async function visit(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.wrongs = [];
  page.on("console", (message) => {
    // A refused request is told by the page itself.
    const isRefusal = /Failed to load resource/.test(message.text());
    if (message.type() === "error" && !isRefusal) page.wrongs.push(message.text());
  });
  page.on("pageerror", (error) => page.wrongs.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== new URL(address).origin) page.wrongs.push(`left its server: ${url}`);
  });
  await page.goto(address);
  return page;
}

export async function goTo(page, hash) {
  await page.evaluate((to) => (location.hash = to), hash);
}

// Patient: a machine that builds beside this is slow. What the page showed instead is told.
export async function see(on, text, timeout = 60_000) {
  try {
    await on.getByText(text).first().waitFor({ timeout });
  } catch (error) {
    const shown = (await on.locator("body").innerText()).slice(0, 2000);
    throw new Error(`${text} was not seen at ${on.url()}; the page says:\n${shown}\n${on.wrongs.join("\n")}`, { cause: error });
  }
}

// No violation of WCAG 2.2 AA that axe finds. It is run in the page's own world, past its policy.
export async function expectAccessible(page, what) {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setBypassCSP", { enabled: true });
  const found = await page.evaluate(`(() => { ${axe}; return axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }); })()`);
  await session.detach();
  const told = found.violations.map((one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 3).map((node) => `  ${node.html}\n  ${node.failureSummary}`).join("\n")}`);
  assert.deepEqual(told, [], `${what}: ${told.join("\n")}`);
}

// Nothing sticks out to the side.
export async function expectNoOverflow(page, what) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${what}: ${wide} px stick out`);
}

export async function shot(page, name) {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}
