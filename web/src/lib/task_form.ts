// A task as a form: every field a line of text, read back into what a command takes. What is wrong
// with a field as text is told here; what is wrong with the task, the pool tells.
import type { TaskSpec } from "../api/client";

export interface TaskForm {
  id: string;
  title: string;
  description: string;
  priority: string;
  kind: string;
  phase: string;
  parent: string;
  needs: string;
  assignee: string;
  requires: string;
  labels: string;
  paths: string;
  estimate: string;
  deadline: string;
  retries: string;
  run: string;
  verify: string;
  criteria: string;
}

type Name = keyof TaskForm;
type Need = NonNullable<TaskSpec["needs"]>[number];

export const emptyForm: TaskForm = {
  id: "", title: "", description: "", priority: "normal", kind: "", phase: "", parent: "", needs: "", assignee: "",
  requires: "", labels: "", paths: "", estimate: "", deadline: "", retries: "", run: "", verify: "", criteria: "",
};

// ---- texts -------------------------------------------------------------------------------------

const unitsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// "1h30m", "45s", "2d" or plain seconds, as on the command line; undefined if it is none.
export function durationOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+)\s*(ms|s|m|h|d)\s*/gy)];
  if (parts.length === 0 || parts.reduce((length, part) => length + part[0].length, 0) !== text.length) return undefined;
  return parts.reduce((sum, part) => sum + Number(part[1]) * (unitsMs[part[2] ?? ""] ?? 0), 0);
}

export function durationText(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [unit, size] of Object.entries(unitsMs).reverse()) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) text += `${n}${unit}`;
  }
  return text || "0s";
}

// As a field for a date and a time takes it, in this machine's zone.
export function localText(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

// What a word of these is may have spaces in it, such as the name of a GPU.
function phrases(text: string): string[] {
  return text.split(/[,\n]/).map((phrase) => phrase.trim()).filter((phrase) => phrase !== "");
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

// ---- fields ------------------------------------------------------------------------------------

class Wrong extends Error {}

interface Field {
  name: Name;
  key: keyof TaskSpec;
  text: (spec: TaskSpec) => string;
  // undefined: there is none.
  read: (text: string) => unknown;
}

const asIs = (name: Name, key: keyof TaskSpec): Field => ({
  name,
  key,
  text: (spec) => String(spec[key] ?? ""),
  read: (text) => (text === "" ? undefined : text),
});

const list = (name: Name, key: keyof TaskSpec, join: string, read: (text: string) => string[]): Field => ({
  name,
  key,
  text: (spec) => ((spec[key] as string[] | undefined) ?? []).join(join),
  read: (text) => {
    const items = read(text);
    return items.length === 0 ? undefined : items;
  },
});

const fields: Field[] = [
  asIs("title", "title"),
  asIs("description", "description"),
  { name: "priority", key: "priority", text: (spec) => spec.priority ?? "normal", read: (text) => (text === "normal" ? undefined : text) },
  asIs("kind", "kind"),
  asIs("phase", "phase"),
  asIs("parent", "parent"),
  asIs("assignee", "assignee"),
  list("requires", "requires", ", ", phrases),
  list("labels", "labels", ", ", phrases),
  list("paths", "paths", "\n", lines),
  list("criteria", "criteria", "\n", lines),
  asIs("run", "run"),
  asIs("verify", "verify"),
  {
    name: "estimate",
    key: "estimate_ms",
    text: (spec) => (spec.estimate_ms === undefined ? "" : durationText(spec.estimate_ms)),
    read: (text) => {
      if (text === "") return undefined;
      const ms = durationOf(text);
      if (ms === undefined) throw new Wrong("expected a duration such as 1h30m, 45s or 2d");
      return ms;
    },
  },
  {
    name: "deadline",
    key: "deadline_ms",
    text: (spec) => (spec.deadline_ms === undefined ? "" : localText(spec.deadline_ms)),
    read: (text) => {
      if (text === "") return undefined;
      const at = new Date(text).getTime();
      if (Number.isNaN(at)) throw new Wrong("expected a date and a time");
      return at;
    },
  },
  {
    name: "retries",
    key: "retries",
    text: (spec) => (spec.retries === undefined ? "" : String(spec.retries)),
    read: (text) => {
      if (text === "") return undefined;
      if (!/^\d{1,6}$/.test(text)) throw new Wrong("expected a number");
      return Number(text);
    },
  },
];

function needId(need: Need): string {
  return typeof need === "string" ? need : need.task;
}

export function formOf(spec: TaskSpec): TaskForm {
  const form = { ...emptyForm, id: spec.id ?? "", needs: (spec.needs ?? []).map(needId).join(" ") };
  for (const field of fields) form[field.name] = field.text(spec);
  return form;
}

// ---- what is wished ----------------------------------------------------------------------------

export type Problems = Partial<Record<Name, string>>;

function readAll(form: TaskForm, names: (name: Name) => boolean): { values: Map<keyof TaskSpec, unknown>; problems: Problems } {
  const values = new Map<keyof TaskSpec, unknown>();
  const problems: Problems = {};
  for (const field of fields) {
    if (!names(field.name)) continue;
    try {
      values.set(field.key, field.read(form[field.name].trim()));
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      problems[field.name] = error.message;
    }
  }
  return { values, problems };
}

// A new task. What was left empty is left out.
export function specOf(form: TaskForm): { spec: Record<string, unknown>; problems: Problems } {
  const { values, problems } = readAll(form, () => true);
  const spec: Record<string, unknown> = {};
  if (form.id.trim() !== "") spec["id"] = form.id.trim();
  for (const [key, value] of values) if (value !== undefined) spec[key] = value;
  const needs = words(form.needs);
  if (needs.length > 0) spec["needs"] = needs;
  if (form.title.trim() === "" && form.id.trim() === "") problems.title = "a task has a title";
  return { spec, problems };
}

export interface Edit {
  changes: Record<string, unknown>;
  add_needs: Need[];
  drop_needs: string[];
}

export interface Wished {
  edit: Edit;
  // What takes it back.
  undo: Edit;
  isEmpty: boolean;
  problems: Problems;
}

// Only what differs from the task as it was, so that what others changed meanwhile stays.
export function editOf(before: TaskSpec, form: TaskForm): Wished {
  const was = formOf(before);
  const { values, problems } = readAll(form, (name) => form[name].trim() !== was[name].trim());
  const edit: Edit = { changes: {}, add_needs: [], drop_needs: [] };
  const undo: Edit = { changes: {}, add_needs: [], drop_needs: [] };
  for (const [key, value] of values) {
    edit.changes[key] = value ?? null;
    undo.changes[key] = before[key] ?? null;
  }
  // The delay after which others than the assignee may take it cannot be without an assignee.
  if (edit.changes["assignee"] === null && before.assignee_delay_ms !== undefined) {
    edit.changes["assignee_delay_ms"] = null;
    undo.changes["assignee_delay_ms"] = before.assignee_delay_ms;
  }
  const old = before.needs ?? [];
  const wanted = words(form.needs);
  edit.add_needs = wanted.filter((id) => !old.some((need) => needId(need) === id));
  edit.drop_needs = old.map(needId).filter((id) => !wanted.includes(id));
  undo.add_needs = old.filter((need) => !wanted.includes(needId(need)));
  undo.drop_needs = edit.add_needs.map(needId);
  const isEmpty = Object.keys(edit.changes).length + edit.add_needs.length + edit.drop_needs.length === 0;
  return { edit, undo, isEmpty, problems };
}
