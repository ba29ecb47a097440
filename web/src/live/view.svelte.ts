// A view of the server that a page shows: asked for at once, and again whenever facts came that it
// does not tell of yet; at most so often, however many come.
import { onDestroy } from "svelte";
import { ask, ServerError } from "../api/client";
import { live } from "./live.svelte";
import { travel } from "./travel.svelte";
import { applyVitals, merge, type Vital } from "./merge";

export interface ViewOptions {
  // Between two questions, at least: a twelfth of a second unless it says more, and three times as
  // long as an answer takes, so that a slow line is not filled; two seconds of that are enough. What
  // the server spends on all pages together is its own care.
  pauseMs?: number;
  // Also asked without a new fact, for what follows from time alone.
  everyMs?: number;
  // Takes the progress that workers tell beside the log.
  takesVitals?: boolean;
  // Asked again when this task's worker tells of its progress.
  vitalsOf?: () => string;
}

export class LiveView<T> {
  data: T | undefined = $state.raw();
  error: ServerError | undefined = $state.raw();
  // When it was answered, by this machine's clock, and to which question.
  at = $state(0);
  answered = $state("");

  private target = "";
  private seq = 0;
  private wanted = 0;
  private isAsking = false;
  private askedAt = 0;
  private cost = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private abort: AbortController | undefined;

  constructor(private readonly options: ViewOptions = {}) {}

  // Another question; what the old one answered is gone.
  point(target: string, keepsData = false): void {
    if (target === this.target) return;
    this.target = target;
    this.seq = 0;
    if (!keepsData) this.data = undefined;
    this.error = undefined;
    this.abort?.abort();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isAsking = false;
    if (target !== "") void this.ask();
  }

  private get patience(): number {
    return Math.min(2000, this.cost * 3);
  }

  changed(seq: number): void {
    if (travel.isPast && seq !== Number.MAX_SAFE_INTEGER) return;
    this.wanted = Math.max(this.wanted, seq);
    if (this.wanted > this.seq) this.later(Math.max(this.options.pauseMs ?? 80, this.patience));
  }

  vitals(vitals: Vital[]): void {
    const task = this.options.vitalsOf?.();
    if (vitals.some((vital) => vital.task === task)) this.later(Math.max(1000, this.patience));
    if (!this.options.takesVitals || this.data === undefined || travel.isPast) return;
    this.data = applyVitals(this.data as never, vitals) as T;
  }

  later(pauseMs: number): void {
    if (this.timer !== undefined || this.isAsking || this.target === "") return;
    const wait = Math.max(0, this.askedAt + pauseMs - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.ask();
    }, wait);
  }

  // The oldest fact of which an answer must tell: one that is not shown yet, if there is one, and
  // what was done here. After a silence nobody knows, and the newest of all is asked for.
  private least(): number | undefined {
    if (this.wanted === Number.MAX_SAFE_INTEGER) return undefined;
    return Math.max(this.wanted > this.seq ? this.seq + 1 : this.seq, live.acted);
  }

  async ask(): Promise<void> {
    const target = this.target;
    if (target === "" || this.isAsking || live.phase === "signed_out") return;
    this.isAsking = true;
    this.askedAt = performance.now();
    const least = this.least();
    // "All that there is" was wanted, and is what this answer has.
    if (this.wanted === Number.MAX_SAFE_INTEGER) this.wanted = 0;
    this.abort = new AbortController();
    try {
      const answer = await ask<T>(target, this.abort.signal, least);
      if (target !== this.target) return;
      this.data = merge(this.data, answer.view);
      this.seq = answer.seq;
      this.at = Date.now();
      this.answered = target;
      this.error = undefined;
    } catch (error) {
      if (target !== this.target) return;
      if (error instanceof ServerError) this.error = error;
      if (this.error?.status === 401) live.signedOut();
    }
    this.cost = performance.now() - this.askedAt;
    this.isAsking = false;
    // No answer, or none now: soon again. What is refused stays refused.
    if (this.error !== undefined && (this.error.status === 0 || this.error.status >= 500)) this.later(2000);
    else if (this.wanted > this.seq && this.error === undefined) this.changed(this.wanted);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.target = "";
  }
}

// For a component: follows the target that the function gives for as long as the component stands.
export function follow<T>(target: () => string, options: ViewOptions & { keepsData?: boolean } = {}): LiveView<T> {
  const view = new LiveView<T>(options);
  $effect(() => view.point(travel.aim(target()), options.keepsData));
  const leave = live.listen({ changed: (seq) => view.changed(seq), vitals: (vitals) => view.vitals(vitals) });
  const every = options.everyMs;
  const timer = every === undefined ? undefined : setInterval(() => !document.hidden && !travel.isPast && view.later(0), every);
  onDestroy(() => {
    leave();
    clearInterval(timer);
    view.stop();
  });
  return view;
}
