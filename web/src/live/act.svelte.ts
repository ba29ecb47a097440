// Acting on the pool: the same commands as the command line's. What the pool says to them is shown,
// a refusal with what would change it; what has an inverse can be taken back.
import { tick } from "svelte";
import { type Answer, type Command, give, ServerError } from "../api/client";
import { inverseOf, type UndoOf } from "../lib/undo";
import { live } from "./live.svelte";

export interface Said {
  id: number;
  text: string;
  remedy: string;
  isRefusal: boolean;
  undo: Command[] | undefined;
}

const mostAtOnce = 500; // a request takes no more than 1,000 commands
const restMs = { plain: 8_000, longer: 20_000 }; // a notice stays so long, and for as long as it is looked at

class Acts {
  said: Said[] = $state([]);
  isBusy = $state(false);
  private last = 0;
  private timers = new Map<number, ReturnType<typeof setTimeout>>();
  // Whether a key was pressed last: then the focus must not be lost.
  private isByKey = false;

  constructor() {
    window.addEventListener("keydown", () => (this.isByKey = true), true);
    window.addEventListener("pointerdown", () => (this.isByKey = false), true);
  }

  say(text: string, remedy = "", isRefusal = false, undo?: Command[]): void {
    const entry = { id: ++this.last, text, remedy, isRefusal, undo };
    this.said = [...this.said.slice(-3), entry];
    this.rest(entry.id);
  }

  fail(error: unknown): void {
    if (error instanceof ServerError && error.status === 401) live.signedOut();
    this.say(error instanceof Error ? error.message : String(error), "", true);
  }

  drop(id: number): void {
    this.keep(id);
    this.said = this.said.filter((entry) => entry.id !== id);
  }

  // A notice with the pointer on it, or the focus in it, does not go away.
  keep(id: number): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }

  rest(id: number): void {
    this.keep(id);
    const entry = this.said.find((one) => one.id === id);
    if (entry) this.timers.set(id, setTimeout(() => this.drop(id), entry.isRefusal || entry.undo ? restMs.longer : restMs.plain));
  }

  async undo(entry: Said): Promise<void> {
    this.drop(entry.id);
    if (entry.undo) await this.give(entry.undo, "taken back");
  }

  undoLast(): void {
    const entry = this.said.findLast((one) => one.undo !== undefined);
    if (entry && !this.isBusy) void this.undo(entry);
  }

  // Whether all of them were taken. What is said may depend on which were, by their places; what takes
  // those back on their answers.
  async give(commands: Command[], done: string | ((taken: number[]) => string), undo?: UndoOf): Promise<boolean> {
    const focused = document.activeElement;
    const answers: Answer[] = [];
    this.isBusy = true;
    let isWhole = true;
    try {
      while (answers.length < commands.length) {
        let end = answers.length + mostAtOnce;
        // Between these two the task could be claimed.
        const [last, next] = [commands[end - 1], commands[end]];
        if (last?.type === "reopen" && next?.type === "hold" && last.task === next.task) ++end;
        answers.push(...(await give(commands.slice(answers.length, end))));
      }
    } catch (error) {
      isWhole = false;
      this.fail(error);
    } finally {
      this.isBusy = false;
    }
    live.learnOfAct(answers.reduce((newest, answer) => Math.max(newest, answer.seq), 0));
    const refusals = answers.flatMap((answer) => (answer.refusal ? [answer.refusal] : []));
    for (const refusal of refusals.slice(0, 3)) this.say(refusal.message, refusal.remedy ?? "", true);
    if (refusals.length > 3) this.say(`${refusals.length - 3} more were refused`, "", true);
    const taken = answers.flatMap((answer, index) => (answer.refusal ? [] : [index]));
    if (taken.length > 0) this.say(typeof done === "string" ? done : done(taken), "", false, inverseOf(answers, undo));
    void this.keepFocus(focused);
    return isWhole && refusals.length === 0;
  }

  // What was pressed may be gone, or go with the next answer: then the newest notice is where one is.
  private async keepFocus(before: Element | null): Promise<void> {
    await tick();
    for (let tries = 0; tries < 20 && this.isByKey; ++tries) {
      if (document.activeElement === null || document.activeElement === document.body) {
        if (before instanceof HTMLElement && before !== document.body && before.isConnected && !before.matches(":disabled")) before.focus();
        else document.querySelector<HTMLElement>(".toasts .toast:last-of-type .first")?.focus();
      }
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

export const acts = new Acts();
