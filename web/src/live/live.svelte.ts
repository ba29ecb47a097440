// The connection to the server: who we are, the event stream, and what hears of it. A page does not
// read facts, it asks for its views again when there are new ones; the server works them out.
import { newsAddress, ServerError, session, type SessionAnswer } from "../api/client";
import { pauseBefore } from "./backoff";
import type { Vital } from "./merge";
import { travel } from "./travel.svelte";

export type Phase = "starting" | "signed_out" | "live" | "lost";

interface Listener {
  changed: (seq: number) => void;
  vitals?: (vitals: Vital[]) => void;
}

const silenceMs = 40_000; // the server sends a comment every 15 s

class Live {
  phase: Phase = $state("starting");
  who: SessionAnswer | undefined = $state();
  // When the connection was lost, and the newest fact that was heard of.
  lostAt = $state(0);
  seq = $state(0);
  // The newest fact that answered what was done here: no view may be older than that.
  acted = 0;
  problem = $state("");

  private source: EventSource | undefined;
  private lastId = "";
  private tries = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private heard = 0;
  private listeners = new Set<Listener>();

  // Nobody acts on the past.
  get mayAct(): boolean {
    return this.who?.scope === "operator" && !travel.isPast;
  }

  get mayNote(): boolean {
    return this.who !== undefined && this.who.scope !== "read" && !travel.isPast;
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  start(): void {
    document.addEventListener("visibilitychange", () => {
      // A browser gives a server six connections: pages that nobody sees leave theirs to others.
      if (document.hidden) this.close();
      else if (this.phase !== "signed_out") void this.connect();
    });
    window.addEventListener("online", () => this.resync());
    setInterval(() => this.checkSilence(), 5_000);
    void this.connect();
  }

  // Begins anew, and has every view asked for again.
  resync(): void {
    this.tries = 0;
    void this.connect();
  }

  signedOut(): void {
    this.close();
    this.who = undefined;
    this.phase = "signed_out";
  }

  // What was done here is shown at once, however rare the news are.
  learnOfAct(seq: number): void {
    this.acted = Math.max(this.acted, seq);
    for (const listener of this.listeners) listener.changed(this.acted);
  }

  private close(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
  }

  private async connect(): Promise<void> {
    this.close();
    try {
      this.who = await session();
    } catch (error) {
      if (error instanceof ServerError && error.status === 401) this.signedOut();
      else this.lose(error instanceof Error ? error.message : String(error));
      return;
    }
    if (document.hidden && this.phase !== "starting") return;
    this.open();
  }

  private open(): void {
    this.source?.close();
    const source = new EventSource(newsAddress(this.lastId));
    this.source = source;
    source.onopen = () => {
      this.heard = Date.now();
      this.tries = 0;
      this.problem = "";
      this.lostAt = 0;
      this.phase = "live";
      for (const listener of this.listeners) listener.changed(Number.MAX_SAFE_INTEGER);
    };
    source.addEventListener("news", (event: MessageEvent<string>) => this.take(event));
    source.addEventListener("resync", () => {
      this.lastId = "";
      this.resync();
    });
    source.onerror = () => this.lose("the connection broke");
  }

  private take(event: MessageEvent<string>): void {
    this.heard = Date.now();
    this.lastId = event.lastEventId;
    const seq = Number(event.lastEventId.split(":")[1] ?? 0);
    if (seq !== this.seq) {
      this.seq = seq;
      for (const listener of this.listeners) listener.changed(seq);
    }
    const news = JSON.parse(event.data) as { vitals: Vital[] };
    if (news.vitals.length === 0) return;
    for (const listener of this.listeners) listener.vitals?.(news.vitals);
  }

  private lose(problem: string): void {
    this.close();
    this.problem = problem;
    if (this.phase !== "lost") this.lostAt = Date.now();
    this.phase = "lost";
    this.retry = setTimeout(() => void this.connect(), pauseBefore(this.tries++));
  }

  // EventSource does not tell comments, so silence is measured against a view: a server that is
  // there answers who we are.
  private checkSilence(): void {
    if (this.phase !== "live" || document.hidden || Date.now() - this.heard < silenceMs) return;
    this.heard = Date.now();
    session().catch(() => this.lose("the server has fallen silent"));
  }
}

export const live = new Live();
