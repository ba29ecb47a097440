import { ask, type TaskListView, type TaskRow } from "../api/client";
import { target } from "../lib/route";
import { batchesOf } from "../lib/ticks";

// Tasks as they are now, and not as they were when they were chosen.
export async function rowsOf(ids: readonly string[]): Promise<TaskRow[]> {
  const answers = await Promise.all(batchesOf(ids).map((batch) => ask<TaskListView>(target("tasks", { ids: batch.join(","), limit: batch.length }))));
  return answers.flatMap((answer) => answer.view.tasks);
}
