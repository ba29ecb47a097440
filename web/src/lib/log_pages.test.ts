import { describe, expect, it } from "vitest";
import type { LogView } from "../api/client";
import { begunWith, trimmed, withLater, withOlder, type LogPages } from "./log_pages";

// A server's log of facts 1 to `end`, answered as it answers.
function server(end: number) {
  const log = (seqs: number[], next: number): LogView =>
    ({ facts: seqs.map((seq) => ({ seq, at: seq, type: "note_added" })), sentences: seqs.map((seq) => `fact ${seq}`), next, end }) as never;
  const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  return {
    newest: (limit: number, before = end + 1) => {
      const from = Math.max(1, before - limit);
      return log(range(from, before - 1), from > 1 ? from : 0);
    },
    behind: (seq: number, limit: number) => log(range(seq + 1, Math.min(end, seq + limit)), seq + limit < end ? seq + limit : 0),
  };
}
const seqsOf = (pages: LogPages) => pages.entries.map((entry) => entry.seq);
const gapless = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("pages of the log", () => {
  it("have no gap however often one asks for older ones, while newer ones come", () => {
    let pages = begunWith(server(12_002).newest(500));
    expect(seqsOf(pages)).toEqual(gapless(11_503, 12_002));
    for (let press = 1; press <= 3; ++press) {
      pages = withOlder(pages, server(12_002).newest(500, pages.before));
      const end = 12_002 + press * 7;
      pages = withLater(pages, server(end).behind(Math.floor(pages.top / 100) * 100, 5000)) as LogPages;
      expect(seqsOf(pages)).toEqual(gapless(12_002 - 500 * (press + 1) + 1, end));
    }
  });

  it("end at the first fact", () => {
    const pages = withOlder(begunWith(server(7).newest(5)), server(7).newest(5, 3));
    expect(seqsOf(pages)).toEqual(gapless(1, 7));
    expect(pages.before).toBe(0);
  });

  it("stay what they are when nothing new came, or what came is older", () => {
    const pages = begunWith(server(50).newest(5));
    expect(withLater(pages, server(50).behind(0, 5000))).toBe(pages);
    expect(withLater(pages, server(48).behind(0, 5000))).toBe(pages);
  });

  it("begin anew rather than leave a gap where too much came", () => {
    expect(withLater(begunWith(server(50).newest(5)), server(9000).behind(0, 5000))).toBeUndefined();
  });

  it("let the oldest go, which can be asked for again", () => {
    const pages = trimmed(begunWith(server(50).newest(20)), 10);
    expect(seqsOf(pages)).toEqual(gapless(41, 50));
    expect(seqsOf(withOlder(pages, server(50).newest(5, pages.before)))).toEqual(gapless(36, 50));
  });
});
