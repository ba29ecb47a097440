// Which form stands open over the page: a task that is added or changed, or a message.
import type { TaskSpec } from "../api/client";

export interface TaskWish {
  // What is changed; without it, a new task.
  spec?: TaskSpec;
  // Of a new one: whose subtask it is.
  parent?: string;
  phase?: string;
}

class Forms {
  task: TaskWish | undefined = $state.raw();
  message: { to: string } | undefined = $state.raw();
}

export const forms = new Forms();
