// What takes a command back, where the domain has an inverse: from what the task was before, and from
// what the pool answered.
import type { Answer, Command, TaskState } from "../api/client";

// What takes one command back that was taken; nothing where it cannot be.
export type UndoOf = (answer: Answer, index: number) => Command[] | undefined;

// A task that was chosen, with what was last heard of it.
export interface Chosen {
  id: string;
  state?: TaskState | undefined;
  priority?: string | undefined;
}

// A task as it was before something was done to it.
export interface Before {
  id: string;
  state: TaskState;
  reason?: string | undefined;
}

function resultOf(answer: Answer | undefined): Record<string, unknown> {
  const result = answer?.result;
  return typeof result === "object" && result !== null ? (result as Record<string, unknown>) : {};
}

// Of many commands: those are taken back that were taken, each once.
export function inverseOf(answers: Answer[], undo: UndoOf | undefined): Command[] | undefined {
  if (undo === undefined) return undefined;
  const found = new Map<string, Command>();
  for (const [index, answer] of answers.entries()) {
    if (answer.refusal) continue;
    for (const command of undo(answer, index) ?? []) found.set(JSON.stringify(command), command);
  }
  return found.size === 0 ? undefined : [...found.values()];
}

// Cancelled subtasks, which are among `below`, come back with their parent. A failed task does not: it
// would be tried again. A failed subtask is held instead, for without it its parent would go on as if
// nothing had failed.
export function undoOfCancel(task: Before, below: readonly Before[], answer: Answer): Command[] | undefined {
  if (task.state === "failed") return undefined;
  const before = new Map([task, ...below].map((row) => [row.id, row]));
  const back = (id: string): Command[] => {
    const { state, reason } = before.get(id) ?? {};
    const why = state === "failed" ? "it had failed before it was cancelled" : state === "held" ? reason : undefined;
    return [{ type: "reopen", task: id }, ...(why ? [{ type: "hold", task: id, reason: why } satisfies Command] : [])];
  };
  const also = resultOf(answer)["cancelled"];
  const ids = Array.isArray(also) ? also.filter((id): id is string => typeof id === "string") : [];
  return [...new Set([task.id, ...ids])].flatMap(back);
}

export function undoOfBlocker(answer: Answer): Command[] | undefined {
  const blocker = resultOf(answer)["blocker"];
  if (typeof blocker !== "number") return undefined;
  return [{ type: "resolve_blocker", blocker, reason: "raised by mistake" } as Command];
}

export function edit(task: string, changes: Record<string, unknown>): Command {
  return { type: "edit", task, changes } as Command;
}

// Offers a task to somebody, or to whoever can, which leaves nothing of the `delay` after which others
// might take it.
export function offer(task: { id: string; assignee?: string | undefined }, whom: string, delay: number | undefined): { command: Command; undo: () => Command[] } {
  const goes = whom === "" && delay !== undefined;
  return {
    command: edit(task.id, { assignee: whom || null, ...(goes ? { assignee_delay_ms: null } : {}) }),
    undo: () => [edit(task.id, { assignee: task.assignee || null, ...(goes ? { assignee_delay_ms: delay } : {}) })],
  };
}
