// What takes a command back, where the domain has an inverse: from what the task was before, and from
// what the pool answered.
import type { Answer, Command, TaskState } from "../api/client";

export interface Chosen {
  id: string;
  state: TaskState;
  priority?: string | undefined;
  assignee?: string | undefined;
}

function resultOf(answer: Answer | undefined): Record<string, unknown> {
  const result = answer?.result;
  return typeof result === "object" && result !== null ? (result as Record<string, unknown>) : {};
}

// Cancelled subtasks come back with their parent. A failed task does not: it would be tried again.
export function undoOfCancel(tasks: Chosen[], answers: Answer[]): Command[] | undefined {
  if (tasks.some((task) => task.state === "failed")) return undefined;
  return tasks.flatMap((task, index): Command[] => {
    const also = resultOf(answers[index])["cancelled"];
    const ids = Array.isArray(also) ? also.filter((id): id is string => typeof id === "string") : [];
    return [...new Set([task.id, ...ids])].map((id) => ({ type: "reopen", task: id }));
  });
}

export function undoOfBlockers(answers: Answer[]): Command[] | undefined {
  const blockers = answers.map((answer) => resultOf(answer)["blocker"]);
  if (!blockers.every((one) => typeof one === "number")) return undefined;
  return blockers.map((blocker) => ({ type: "resolve_blocker", blocker: Number(blocker), reason: "raised by mistake" }) as Command);
}

export function edit(task: string, changes: Record<string, unknown>): Command {
  return { type: "edit", task, changes } as Command;
}
