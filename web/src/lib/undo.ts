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

// Cancelled subtasks come back with their parent. A failed task does not: it would be tried again.
export function undoOfCancel(task: { id: string; state: TaskState }, answer: Answer): Command[] | undefined {
  if (task.state === "failed") return undefined;
  const also = resultOf(answer)["cancelled"];
  const ids = Array.isArray(also) ? also.filter((id): id is string => typeof id === "string") : [];
  return [...new Set([task.id, ...ids])].map((id) => ({ type: "reopen", task: id }));
}

export function undoOfBlocker(answer: Answer): Command[] | undefined {
  const blocker = resultOf(answer)["blocker"];
  if (typeof blocker !== "number") return undefined;
  return [{ type: "resolve_blocker", blocker, reason: "raised by mistake" } as Command];
}

export function edit(task: string, changes: Record<string, unknown>): Command {
  return { type: "edit", task, changes } as Command;
}
