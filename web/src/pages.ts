import type { Component } from "svelte";
import Attention from "./pages/Attention.svelte";
import Board from "./pages/Board.svelte";
import Cluster from "./pages/Cluster.svelte";
import Graph from "./pages/Graph.svelte";
import List from "./pages/List.svelte";
import Locks from "./pages/Locks.svelte";
import Log from "./pages/Log.svelte";
import Now from "./pages/Now.svelte";
import Plan from "./pages/Plan.svelte";
import Task from "./pages/Task.svelte";
import Timeline from "./pages/Timeline.svelte";
import Worker from "./pages/Worker.svelte";
import Workers from "./pages/Workers.svelte";

export interface PageProps {
  subject: string;
  params: Record<string, string>;
}

interface Page {
  page: string;
  title: string;
  // The key that goes there, after g.
  key: string;
  // Under which entry of the menu it stands.
  menu: string;
  inMenu: boolean;
  component: Component<PageProps>;
}

// A page that asks for nothing takes no properties.
type AnyPage = Component<PageProps> | Component<{ params: PageProps["params"] }> | Component<Record<string, never>>;

function inMenu(page: string, title: string, key: string, component: AnyPage): Page {
  return { page, title, key, menu: page, inMenu: true, component: component as Component<PageProps> };
}

export const pages: Page[] = [
  inMenu("now", "Now", "n", Now),
  inMenu("attention", "Attention", "a", Attention),
  inMenu("board", "Board", "b", Board),
  inMenu("list", "List", "l", List),
  inMenu("graph", "Graph", "r", Graph),
  inMenu("workers", "Workers", "w", Workers),
  inMenu("timeline", "Timeline", "t", Timeline),
  inMenu("log", "Log", "o", Log),
  inMenu("cluster", "Cluster", "c", Cluster),
  inMenu("plan", "Plan", "p", Plan),
  inMenu("locks", "Locks", "k", Locks),
  { page: "task", title: "Task", key: "", menu: "list", inMenu: false, component: Task },
  { page: "worker", title: "Worker", key: "", menu: "workers", inMenu: false, component: Worker },
];

const first = pages[0] as Page;

export function pageOf(name: string): Page {
  return pages.find((one) => one.page === name) ?? first;
}
