import { describe, expect, it } from "vitest";
import type { Answer } from "../api/client";
import { inverseOf, undoOfBlocker, undoOfCancel } from "./undo";

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
    const undo = inverseOf([taken({ cancelled: ["p", "c"] }), taken({ cancelled: [] }), taken()], (answer, index) => undoOfCancel(tasks[index]!, answer));
    expect(undo).toEqual([{ type: "reopen", task: "p" }, { type: "reopen", task: "c" }]);
  });

  it("resolves a blocker that was raised", () => {
    expect(undoOfBlocker(taken({ blocker: 4 }))).toEqual([{ type: "resolve_blocker", blocker: 4, reason: "raised by mistake" }]);
    expect(undoOfBlocker(taken())).toBeUndefined();
  });
});
