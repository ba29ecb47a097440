// Many open dashboards, as a server sees them: each follows the news and asks again for the views of
// its first page, as often and in the way that the page does (web/src/live/view.svelte.ts).
//
//   node e2e/pages.mjs SOCKET COUNT       until standard input ends; prints what they were answered
import { Socket } from "./socket.mjs";

const [path, count] = process.argv.slice(2);
const views = [
  { target: () => "status", pauseMs: 80 },
  { target: () => "workers?limit=100", pauseMs: 500 },
  { target: () => "report?attempts=2000", pauseMs: 10_000 },
  { target: (seq) => `log?seq=${Math.max(0, Math.floor(seq / 100) * 100 - 100)}&limit=200&sentences=true`, pauseMs: 500 },
];

let answers = 0;
let bytes = 0;
let isOver = false;

function openPage() {
  const socket = new Socket(path);
  let newest = 0;
  const shown = views.map((view) => ({ ...view, seq: 0, isAsking: false, timer: undefined, askedAt: 0, cost: 0 }));
  async function ask(view) {
    view.isAsking = true;
    view.askedAt = performance.now();
    const least = newest > view.seq ? view.seq + 1 : view.seq;
    try {
      const answer = await socket.ask("GET", view.target(newest), undefined, { "Evener-Least": String(least) });
      view.seq = Number(answer.headers["evener-seq"] ?? view.seq);
      ++answers;
      bytes += answer.text.length;
    } catch {
      // The server ends, and so do the pages.
    }
    view.cost = performance.now() - view.askedAt;
    view.isAsking = false;
    changed(view);
  }
  function changed(view) {
    if (isOver || view.isAsking || view.timer !== undefined || newest <= view.seq) return;
    const wait = Math.max(0, view.askedAt + Math.max(view.pauseMs, Math.min(2000, view.cost * 3)) - performance.now());
    view.timer = setTimeout(() => {
      view.timer = undefined;
      void ask(view);
    }, wait);
  }
  const leave = socket.follow("events?news=true&after=0", (id) => {
    newest = Number(id.split(":")[1]);
    for (const view of shown) changed(view);
  });
  return () => {
    leave();
    socket.close();
  };
}

const pages = Array.from({ length: Number(count) }, openPage);
process.stdin.resume();
process.stdin.on("end", () => {
  isOver = true;
  for (const leave of pages) leave();
  process.stdout.write(JSON.stringify({ answers, bytes }), () => process.exit(0));
});
