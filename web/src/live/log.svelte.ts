// The log as a page shows it: live from the newest fact down, and as far back as one asks.
import { ask, ServerError, type LogView } from "../api/client";
import type { Entry } from "../lib/entries";
import { begunWith, trimmed, withLater, withOlder, type LogPages } from "../lib/log_pages";
import { target } from "../lib/route";
import { travel } from "./travel.svelte";
import { follow, type LiveView } from "./view.svelte";

type Filter = Record<string, string | undefined>;

// Questions move on in steps, so that pages that look on ask the same.
const step = 100;
const mostLater = 5000;
const mostAtOnce = 10_000;

export class FollowedLog {
  private known: { of: string; kind: string; pages: LogPages } | undefined = $state.raw();
  private wanted: number;
  private readonly view: LiveView<LogView>;
  isBusy = $state(false);
  private failed: ServerError | undefined = $state.raw();

  constructor(
    private readonly filter: () => Filter,
    private readonly page: number,
    pauseMs: number,
  ) {
    this.wanted = page;
    this.view = follow<LogView>(() => this.question, { keepsData: true, pauseMs });
    $effect(() => this.take());
  }

  // What it is a log of, and when.
  private get subject(): string {
    return travel.aim(target("log", this.filter()));
  }

  private get pages(): LogPages | undefined {
    return this.known?.of === this.subject ? this.known.pages : undefined;
  }

  private get isBegun(): boolean {
    return this.pages !== undefined && !travel.isPast;
  }

  private get question(): string {
    const asked = { ...this.filter(), sentences: true };
    if (!this.isBegun) return target("log", { ...asked, newest: true, limit: Math.min(mostAtOnce, this.wanted) });
    return target("log", { ...asked, seq: Math.floor((this.pages?.top ?? 0) / step) * step, limit: mostLater });
  }

  private keep(pages: LogPages | undefined): void {
    this.known = pages && { of: this.subject, kind: target("log", this.filter()), pages };
  }

  private take(): void {
    const log = this.view.data;
    if (log === undefined || this.view.answered !== travel.aim(this.question)) return;
    const pages = this.pages;
    if (pages === undefined) {
      if (this.known?.of !== undefined && this.known.of !== this.subject) this.wanted = this.page;
      this.keep(begunWith(log));
      return;
    }
    if (travel.isPast) return; // it gets no longer
    const next = withLater(pages, log);
    if (next === pages) return;
    // What one has read stays for a while, though newer ones come.
    const kept = next && (next.entries.length > this.wanted + this.page ? trimmed(next, this.wanted) : next);
    this.keep(kept);
  }

  async older(): Promise<void> {
    const of = this.subject;
    const begun = this.pages;
    if (begun === undefined || this.isBusy) return;
    this.isBusy = true;
    this.failed = undefined;
    try {
      // A page may come back empty where few facts match.
      for (let isFound = false; !isFound; ) {
        const before = this.pages?.before ?? 0;
        if (before === 0 || this.subject !== of) break;
        const log = (await ask<LogView>(travel.aim(target("log", { ...this.filter(), sentences: true, newest: true, before, limit: this.page })))).view;
        const pages = this.pages;
        if (pages === undefined || this.subject !== of) break;
        if (pages.before !== before) continue; // some were let go meanwhile
        this.keep(withOlder(pages, log));
        isFound = log.facts.length > 0;
      }
      this.wanted = Math.max(this.wanted, this.pages?.entries.length ?? 0);
    } catch (error) {
      this.failed = error instanceof ServerError ? error : new ServerError(0, "bad_reply", String(error));
    } finally {
      this.isBusy = false;
    }
  }

  // The newest first; undefined before there is an answer. What was shown stays until another moment's
  // answer is there.
  get entries(): Entry[] | undefined {
    return this.known?.kind === target("log", this.filter()) ? [...this.known.pages.entries].reverse() : undefined;
  }

  get hasOlder(): boolean {
    return (this.pages?.before ?? 0) > 0;
  }

  get error(): ServerError | undefined {
    return this.failed ?? this.view.error;
  }
}

// For a component: follows what the filter lets through for as long as it stands.
export function followLog(filter: () => Filter, page: number, pauseMs = 300): FollowedLog {
  return new FollowedLog(filter, page, pauseMs);
}
