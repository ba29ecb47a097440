// Which moment is shown: now, or the pool as it stood after a fact. The address alone tells it. The
// server works out each view of the past as it does those of the present.
import { momentOf } from "../lib/moment";
import { router } from "../lib/router.svelte";

class Travel {
  // Whether the slider stands below the page.
  isShown = $state(false);
  // The newest fact of all that was heard of.
  newest = $state(0);

  private get named(): number | undefined {
    return momentOf(router.route.params["at"]);
  }

  // A fact's sequence; 0 is now, and where the address names nothing that there could be.
  get at(): number {
    return this.named ?? 0;
  }

  get isOdd(): boolean {
    return this.named === undefined;
  }

  get isPast(): boolean {
    return this.named !== 0;
  }

  to(at: number): void {
    const moment = Math.max(0, Math.round(at));
    router.set({ at: moment === 0 ? undefined : String(moment) });
  }

  // Shows the slider, or puts it away and comes back to the present.
  toggle(): void {
    this.isShown = !this.isShown;
    if (!this.isShown && this.isPast) this.to(0);
  }

  // The same question, asked of that moment.
  aim(target: string): string {
    if (target === "" || this.isOdd) return "";
    return this.at === 0 ? target : `${target}${target.includes("?") ? "&" : "?"}at=${this.at}`;
  }
}

export const travel = new Travel();
