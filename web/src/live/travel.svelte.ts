// Which moment is shown: now, or the pool as it stood after a fact. The server works out each view of
// the past as it does those of the present.
import { router } from "../lib/router.svelte";

class Travel {
  // A fact's sequence; 0 is now.
  at = $state(Number(router.route.params["at"] ?? 0) || 0);

  get isPast(): boolean {
    return this.at > 0;
  }

  to(at: number): void {
    this.at = Math.max(0, Math.round(at));
    router.set({ at: this.at === 0 ? undefined : String(this.at) });
  }

  // The same question, asked of that moment.
  aim(target: string): string {
    if (target === "" || this.at === 0) return target;
    return `${target}${target.includes("?") ? "&" : "?"}at=${this.at}`;
  }
}

export const travel = new Travel();
