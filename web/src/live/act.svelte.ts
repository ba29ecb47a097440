// Acting on the pool: the same commands as the command line's. What the pool says to them is shown,
// a refusal with what would change it; what has an inverse can be taken back.
import { type Answer, type Command, give, ServerError } from "../api/client";
import { live } from "./live.svelte";

export interface Said {
  id: number;
  text: string;
  remedy: string;
  isRefusal: boolean;
  undo: Command[] | undefined;
}

export type Undo = Command[] | ((answers: Answer[]) => Command[] | undefined);

class Acts {
  said: Said[] = $state([]);
  isBusy = $state(false);
  private last = 0;

  say(text: string, remedy = "", isRefusal = false, undo?: Command[]): void {
    const entry = { id: ++this.last, text, remedy, isRefusal, undo };
    this.said = [...this.said.slice(-3), entry];
    setTimeout(() => this.drop(entry.id), isRefusal ? 20_000 : 8_000);
  }

  drop(id: number): void {
    this.said = this.said.filter((entry) => entry.id !== id);
  }

  // Whether all of them were taken. What takes them back may depend on the answers; it is offered if
  // nothing was refused.
  async give(commands: Command[], done: string, undo?: Undo): Promise<boolean> {
    this.isBusy = true;
    try {
      const answers = await give(commands);
      live.learnOfAct(answers.reduce((newest, answer) => Math.max(newest, answer.seq), 0));
      const refusals = answers.flatMap((answer) => (answer.refusal ? [answer.refusal] : []));
      for (const refusal of refusals.slice(0, 3)) this.say(refusal.message, refusal.remedy ?? "", true);
      if (refusals.length > 3) this.say(`${refusals.length - 3} more were refused`, "", true);
      const taken = commands.length - refusals.length;
      const inverse = typeof undo === "function" ? undo(answers) : undo;
      if (taken > 0) this.say(refusals.length > 0 ? `${done}: ${taken} of ${commands.length}` : done, "", false, refusals.length === 0 ? inverse : undefined);
      return refusals.length === 0;
    } catch (error) {
      if (error instanceof ServerError && error.status === 401) live.signedOut();
      this.say(error instanceof Error ? error.message : String(error), "", true);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}

export const acts = new Acts();
