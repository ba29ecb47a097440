import { describe, expect, test } from "vitest";
import type { TaskSpec } from "../api/client";
import { durationOf, durationText, editOf, emptyForm, formOf, localText, specOf } from "./task_form";

const task: TaskSpec = {
  id: "search",
  title: "Search",
  priority: "high",
  needs: ["schema", { task: "review", until: "accepted" }],
  labels: ["web", "fast"],
  estimate_ms: 5_400_000,
  criteria: ["it finds", "it is fast"],
};

describe("durations", () => {
  test("are read as on the command line, and written so", () => {
    expect(durationOf("1h30m")).toBe(5_400_000);
    expect(durationOf("2d 250ms")).toBe(172_800_250);
    expect(durationOf("45")).toBe(45_000);
    for (const wrong of ["soon", "1x", "h", "1h-", "", "1.5h"]) expect(durationOf(wrong)).toBeUndefined();
    expect(durationText(5_400_000)).toBe("1h30m");
    expect(durationText(0)).toBe("0s");
  });
});

describe("a task's form", () => {
  test("says nothing when nothing was changed", () => {
    expect(editOf(task, formOf(task))).toMatchObject({ isEmpty: true, problems: {} });
  });

  test("changes what differs alone, and knows how to take that back", () => {
    const wished = editOf(task, { ...formOf(task), title: "Search it", labels: "", assignee: "ada", estimate: "2h" });
    expect(wished.edit.changes).toEqual({ title: "Search it", labels: null, assignee: "ada", estimate_ms: 7_200_000 });
    expect(wished.undo.changes).toEqual({ title: "Search", labels: ["web", "fast"], assignee: null, estimate_ms: 5_400_000 });
    expect(wished.problems).toEqual({});
  });

  test("keeps the spaces within a capability and a label", () => {
    const gpu = { ...task, requires: ["gpu:NVIDIA A100"], labels: ["next week"] };
    const wished = editOf(gpu, { ...formOf(gpu), requires: "gpu:NVIDIA A100, docker", labels: "next week,\nweb ," });
    expect(wished.edit.changes).toEqual({ requires: ["gpu:NVIDIA A100", "docker"], labels: ["next week", "web"] });
  });

  test("drops the delay with the assignee after whom others may take it", () => {
    const kept = { ...task, assignee: "ada", assignee_delay_ms: 60_000 };
    const wished = editOf(kept, { ...formOf(kept), assignee: "" });
    expect(wished.edit.changes).toEqual({ assignee: null, assignee_delay_ms: null });
    expect(wished.undo.changes).toEqual({ assignee: "ada", assignee_delay_ms: 60_000 });
    expect(editOf(kept, { ...formOf(kept), assignee: "eve" }).edit.changes).toEqual({ assignee: "eve" });
  });

  test("adds and drops needs, and brings a need back as it was", () => {
    const wished = editOf(task, { ...formOf(task), needs: "schema, import" });
    expect(wished.edit).toEqual({ changes: {}, add_needs: ["import"], drop_needs: ["review"] });
    expect(wished.undo).toEqual({ changes: {}, add_needs: [{ task: "review", until: "accepted" }], drop_needs: ["import"] });
  });

  test("tells which field is no text for what it should be", () => {
    const wished = editOf(task, { ...formOf(task), estimate: "soon", retries: "-1", deadline: "x" });
    expect(Object.keys(wished.problems).sort()).toEqual(["deadline", "estimate", "retries"]);
  });

  test("makes a new task of what was filled in", () => {
    const made = specOf({ ...emptyForm, title: " New ", needs: "a b", criteria: "one\n\n two ", priority: "urgent", deadline: localText(1_763_726_400_000) });
    expect(made.problems).toEqual({});
    expect(made.spec).toEqual({ title: "New", needs: ["a", "b"], criteria: ["one", "two"], priority: "urgent", deadline_ms: 1_763_726_400_000 });
    expect(specOf(emptyForm).problems).toEqual({ title: "a task has a title" });
  });
});
