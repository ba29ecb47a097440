import { describe, expect, it } from "vitest";
import type { Answer } from "../api/client";
import { inverseOf, offer, undoOfBlocker, undoOfCancel } from "./undo";

const taken = (result: unknown = {}) => ({ seq: 1, result }) as unknown as Answer;
const refused = { seq: 0, refusal: { code: "wrong_state", message: "no" } } as unknown as Answer;

describe("undo", () => {
  it("takes back those of many that were taken", () => {
    const undo = inverseOf([taken(), refused, taken()], (_, index) => [{ type: "resume", task: `t${index}` }]);
    expect(undo).toEqual([{ type: "resume", task: "t0" }, { type: "resume", task: "t2" }]);
    expect(inverseOf([refused], () => [{ type: "resume", task: "t" }])).toBeUndefined();
    expect(inverseOf([taken()], () => undefined)).toBeUndefined();
  });

  it("brings cancelled subtasks back with their parent, each once", () => {
    const tasks = [{ id: "p", state: "ready" as const }, { id: "c", state: "ready" as const }, { id: "f", state: "failed" as const }];
    const undo = inverseOf([taken({ cancelled: ["p", "c"] }), taken({ cancelled: [] }), taken()], (answer, index) => undoOfCancel(tasks[index]!, [], answer));
    expect(undo).toEqual([{ type: "reopen", task: "p" }, { type: "reopen", task: "c" }]);
  });

  it("holds what had failed or was held below a parent that comes back", () => {
    const parent = { id: "p", state: "held" as const, reason: "until Monday" };
    const below = [
      { id: "f", state: "failed" as const },
      { id: "h", state: "held" as const, reason: "no key" },
      { id: "r", state: "running" as const },
      { id: "d", state: "done" as const },
    ];
    expect(undoOfCancel(parent, below, taken({ cancelled: ["p", "f", "h", "r"] }))).toEqual([
      { type: "reopen", task: "p" },
      { type: "hold", task: "p", reason: "until Monday" },
      { type: "reopen", task: "f" },
      { type: "hold", task: "f", reason: "it had failed before it was cancelled" },
      { type: "reopen", task: "h" },
      { type: "hold", task: "h", reason: "no key" },
      { type: "reopen", task: "r" },
    ]);
  });

  it("gives a delay back with the assignee it belongs to", () => {
    const task = { id: "t", assignee: "ada" };
    const given = offer(task, "", 5000);
    expect(given.command).toEqual({ type: "edit", task: "t", changes: { assignee: null, assignee_delay_ms: null } });
    expect(given.undo()).toEqual([{ type: "edit", task: "t", changes: { assignee: "ada", assignee_delay_ms: 5000 } }]);
    expect(offer(task, "eve", 5000).command).toEqual({ type: "edit", task: "t", changes: { assignee: "eve" } });
    expect(offer({ id: "t" }, "", undefined).undo()).toEqual([{ type: "edit", task: "t", changes: { assignee: null } }]);
  });

  it("resolves a blocker that was raised", () => {
    expect(undoOfBlocker(taken({ blocker: 4 }))).toEqual([{ type: "resolve_blocker", blocker: 4, reason: "raised by mistake" }]);
    expect(undoOfBlocker(taken())).toBeUndefined();
  });
});
