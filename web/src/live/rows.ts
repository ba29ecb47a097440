import { ask, type TaskListView, type TaskRow, type TaskView } from "../api/client";
import { target } from "../lib/route";
import { batchesOf } from "../lib/ticks";

// Tasks as they are now, and not as they were when they were chosen.
export async function rowsOf(ids: readonly string[]): Promise<TaskRow[]> {
  const answers = await Promise.all(batchesOf(ids).map((batch) => ask<TaskListView>(target("tasks", { ids: batch.join(","), limit: batch.length }))));
  return answers.flatMap((answer) => answer.view.tasks);
}

// All that is below a task, however deep.
export async function rowsBelow(task: TaskRow): Promise<TaskRow[]> {
  const children: TaskRow[] = [];
  let after = "";
  while (children.length < (task.subtasks ?? 0)) {
    const { view } = await ask<TaskListView>(target("tasks", { parent: task.id, after, limit: 5000 }));
    children.push(...view.tasks);
    if (!view.next) break;
    after = view.next;
  }
  return [...children, ...(await Promise.all(children.map(rowsBelow))).flat()];
}

// After how long others than the assignee may take the task.
export async function delayOf(task: TaskRow): Promise<number | undefined> {
  if (!task.assignee) return undefined;
  return (await ask<TaskView>(`tasks/${encodeURIComponent(task.id)}`)).view.task.assignee_delay_ms;
}
