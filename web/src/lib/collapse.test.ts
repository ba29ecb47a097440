import { expect, test } from "vitest";
import type { GraphView } from "../api/client";
import { collapse, parentsOf } from "./collapse";

function node(task: string, parent = "", state: GraphView["nodes"][number]["state"] = "waiting"): GraphView["nodes"][number] {
  return { task, state, ...(parent ? { parent } : {}) };
}

const view: GraphView = {
  total: 6,
  nodes: [node("first"), node("whole", "", "running"), node("a", "whole", "done"), node("b", "whole", "ready"), node("b1", "b", "failed"), node("last")],
  edges: [{ from: "first", to: "a" }, { from: "a", to: "b" }, { from: "b1", to: "last" }, { from: "a", to: "last" }],
};

test("parents are those of whom subtasks are shown", () => {
  expect(parentsOf(view.nodes)).toEqual(["whole", "b"]);
});

test("nothing changes while nothing is folded", () => {
  expect(collapse(view, () => false)).toEqual({ nodes: view.nodes, edges: view.edges });
});

test("a folded parent takes its subtasks in, and theirs, with what they need", () => {
  const { nodes, edges } = collapse(view, (parent) => parent === "whole" || parent === "b");
  expect(nodes.map((one) => [one.task, one.members, one.state])).toEqual([
    ["first", undefined, "waiting"],
    ["last", undefined, "waiting"],
    ["whole", 4, "failed"],
  ]);
  expect(edges).toEqual([{ from: "first", to: "whole" }, { from: "whole", to: "last" }]);
});

test("an inner one can be folded alone", () => {
  const { nodes, edges } = collapse(view, (parent) => parent === "b");
  expect(nodes.map((one) => one.task)).toEqual(["first", "whole", "a", "last", "b"]);
  expect(edges).toContainEqual({ from: "b", to: "last" });
});
