import type { StatusView } from "../api/client";
import type { LiveView } from "./view.svelte";

// The status is asked for once, by the frame around all pages.
let shared: LiveView<StatusView> | undefined;

export function setStatus(view: LiveView<StatusView>): void {
  shared = view;
}

export function statusView(): LiveView<StatusView> {
  if (shared === undefined) throw new Error("the frame makes the status");
  return shared;
}
