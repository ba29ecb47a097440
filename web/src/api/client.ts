// What the page asks of its server, and how it says what went wrong. The session travels in a cookie
// that scripts cannot read.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type StatusView = Schemas["StatusView"];
export type TaskListView = Schemas["TaskListView"];
export type TaskRow = TaskListView["tasks"][number];
export type TaskView = Schemas["TaskView"];
export type TaskState = TaskRow["state"];
export type WorkerListView = Schemas["WorkerListView"];
export type WorkerRow = WorkerListView["workers"][number];
export type WhyView = Schemas["WhyView"];
export type LogView = Schemas["LogView"];
export type Report = Schemas["Report"];
export type LocksView = Schemas["LocksView"];
export type MachineListView = Schemas["MachineListView"];
export type PhaseListView = Schemas["PhaseListView"];
export type GraphView = Schemas["GraphView"];
export type PlanExamination = Schemas["PlanExamination"];
export type PlanFinding = PlanExamination["findings"][number];
export type ForecastView = Schemas["ForecastView"];
export type ForecastCase = ForecastView["cases"][number];
export type MeasureListView = Schemas["MeasureListView"];
export type InboxView = Schemas["InboxView"];
export type TaskSpec = TaskView["task"];
export type BlockerListView = Schemas["BlockerListView"];
export type SessionAnswer = Schemas["SessionAnswer"];
export type Command = Schemas["Command"];
export type Answer = Schemas["Answers"]["answers"][number];
export type AttentionRow = StatusView["attention"][number];
export type RunningRow = StatusView["running"][number];
export type Range = NonNullable<TaskRow["expected"]>;

const pool = "/v1/pools/default/";

export class ServerError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

// That it is asked again would change nothing.
export function isRefused(error: ServerError | undefined): boolean {
  return error !== undefined && error.status >= 400 && error.status < 500 && error.status !== 401;
}

export interface Stamped<T> {
  view: T;
  // The newest fact that the view tells of at least.
  seq: number;
}

// What a proxy or a server that is ending may answer is no error of ours, but an error all the same.
async function failureOf(response: Response): Promise<ServerError> {
  try {
    const body: unknown = await response.json();
    const error = (body as { error?: { code?: string; message?: string } }).error;
    return new ServerError(response.status, error?.code ?? "bad_reply", error?.message ?? response.statusText);
  } catch {
    return new ServerError(response.status, "bad_reply", `the server answered with status ${response.status}`);
  }
}

async function call(target: string, options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(pool + target, { credentials: "same-origin", redirect: "error", ...options });
  } catch {
    throw new ServerError(0, "unreachable", "the server does not answer");
  }
  if (!response.ok) throw await failureOf(response);
  return response;
}

// With `least`, what another page was answered a moment ago will do if it tells of that fact.
export async function ask<T>(target: string, signal?: AbortSignal, least?: number): Promise<Stamped<T>> {
  const headers: Record<string, string> = least === undefined ? {} : { "Evener-Least": String(least) };
  const response = await call(target, signal === undefined ? { headers } : { headers, signal });
  return { view: (await response.json()) as T, seq: Number(response.headers.get("Evener-Seq") ?? 0) };
}

// The server takes what changes something only with this field, which no page of another site can
// send.
function change(method: string, body: unknown): RequestInit {
  return {
    method,
    headers: { "Content-Type": "application/json", "X-Evener-Page": "1" },
    body: body === undefined ? null : JSON.stringify(body),
  };
}

export async function signIn(code: string): Promise<SessionAnswer> {
  return (await (await call("sign-in", change("POST", { code }))).json()) as SessionAnswer;
}

export async function signOut(): Promise<void> {
  await call("session", change("DELETE", undefined));
}

export async function session(): Promise<SessionAnswer> {
  return (await ask<SessionAnswer>("session")).view;
}

// A request id makes a command safe to repeat when its answer was lost.
function requestId(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `${Date.now()}-${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export async function give(commands: Command[]): Promise<Answer[]> {
  const withIds = commands.map((command) => ({ ...command, request_id: requestId() }));
  const send = () => call("commands", change("POST", { commands: withIds }));
  let response: Response;
  try {
    response = await send();
  } catch (error) {
    if (!(error instanceof ServerError) || error.status !== 0) throw error;
    response = await send();
  }
  return ((await response.json()) as { answers: Answer[] }).answers;
}

// News: that there are facts, and vital signs; the facts themselves are not read here.
export function newsAddress(after: string): string {
  return `${pool}events?news=true&after=${encodeURIComponent(after)}`;
}
