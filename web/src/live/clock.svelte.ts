// The time that a page shows: it moves on by itself, once a second, between two answers.
import { travel } from "./travel.svelte";

class Clock {
  now = $state(Date.now());
  // What the log's clock is ahead of this machine's.
  private ahead = $state(0);

  // In the past, time stands still.
  start(): void {
    setInterval(() => {
      if (!document.hidden && !travel.isPast) this.now = Date.now();
    }, 1000);
  }

  // The log's time, as a view told it, at the moment it was answered.
  learn(logTime: number, at: number): void {
    if (travel.isPast) this.now = at;
    const ahead = logTime - at;
    if (Math.abs(ahead - this.ahead) > 500) this.ahead = ahead;
  }

  get logNow(): number {
    return this.now + this.ahead;
  }

  // How long ago a moment of the log was.
  since(moment: number): number {
    return Math.max(0, this.logNow - moment);
  }

  // A duration that a view told, and what has passed since.
  grown(ms: number, answeredAt: number): number {
    return ms + Math.max(0, this.now - answeredAt);
  }
}

export const clock = new Clock();
