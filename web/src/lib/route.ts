// Where the page is: "#/list?state=ready&sort=title". Behind the #, so that the server needs to know
// of none of it, and ids may hold what they like.

export interface Route {
  page: string;
  // What the page is about: a task's or worker's id.
  subject: string;
  params: Record<string, string>;
}

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const [path = "", query = ""] = split(text, "?");
  const [page = "", subject = ""] = split(path, "/");
  return { page: page || "now", subject: decode(subject), params: Object.fromEntries(new URLSearchParams(query)) };
}

function split(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function hrefOf(page: string, subject = "", params: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value);
  const rest = query.toString();
  return `#/${page}${subject === "" ? "" : `/${encodeURIComponent(subject)}`}${rest === "" ? "" : `?${rest}`}`;
}

// The path of a view with its parameters; empty ones are left out.
export function target(view: string, params: Record<string, string | number | boolean | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== "" && value !== false) query.set(name, String(value));
  }
  const rest = query.toString();
  return rest === "" ? view : `${view}?${rest}`;
}
