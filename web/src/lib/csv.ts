// Tables that leave: as CSV (RFC 4180) and as JSON.
export type Row = Record<string, unknown>;

// Every name that some row has, in the order in which they come up.
export function columnsOf(rows: Row[]): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

// A text that a spreadsheet would take for a formula gets a mark before it: whoever wrote a title must
// not compute on somebody else's desk.
function cellOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  let text = typeof value === "string" ? value : Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join("; ") : JSON.stringify(value);
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(rows: Row[]): string {
  const columns = columnsOf(rows);
  const lines = [columns.map(cellOf).join(","), ...rows.map((row) => columns.map((name) => cellOf(row[name])).join(","))];
  return `${lines.join("\r\n")}\r\n`;
}

export function jsonOf(rows: Row[]): string {
  return `${JSON.stringify(rows, null, 1)}\n`;
}
