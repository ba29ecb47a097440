import type { LogView } from "../api/client";

export interface Entry {
  seq: number;
  at: number;
  by: string;
  type: string;
  task: string;
  worker: string;
  text: string;
}

interface FactHead {
  seq: number;
  at: number;
  by?: string;
  type: string;
  task?: string;
  worker?: string;
}

// Facts with the sentences that the server made of them, in order.
export function entriesOf(log: LogView | undefined): Entry[] {
  return (log?.facts ?? []).map((fact, index) => {
    const head = fact as unknown as FactHead;
    return {
      seq: head.seq,
      at: head.at,
      by: head.by ?? "",
      type: head.type,
      task: head.task ?? "",
      worker: head.worker ?? "",
      text: log?.sentences?.[index] ?? head.type,
    };
  });
}
