// When all will be done, as the first page and the plan word it.
import { after, before, test } from "node:test";
import { goTo, launch, see, visit } from "./browser.mjs";
import { Pool } from "./pool.mjs";

let pool;
let browser;
let page;

before(async () => {
  pool = new Pool();
  const address = await pool.up();
  for (const id of ["build-1", "build-2", "build-3"]) {
    pool.evener("add", "Build", "--id", id);
    pool.evener("claim", id, "--worker", "alpha");
    pool.evener("finish", id, "--worker", "alpha");
  }
  pool.evener("add", "Build", "--id", "build-4");
  browser = await launch();
  page = await visit(browser, address);
});

after(async () => {
  await browser?.close();
  await pool?.remove();
});

test("what nobody can do is no part of when all is done, and said", async () => {
  await see(page, "All done");
  pool.evener("add", "Render", "--id", "render", "--requires", "gpu");
  await see(page, "All but 1 done");
  pool.evener("hold", "build-4");
  await see(page, "not as it stands");
  await goTo(page, "/plan");
  await see(page, "Nobody can do what is open, and no number was asked for.");
  await see(page, "not as it stands");
});
