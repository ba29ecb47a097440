// Which tasks are ticked in a list, as the address tells it. Ids have no spaces.

// More would make an address that nobody can pass on.
export const mostInAddress = 200;

export function ticksOf(text: string | undefined): string[] {
  return [...new Set((text ?? "").split(" ").filter((id) => id !== ""))];
}

export function textOf(ids: readonly string[]): string | undefined {
  return ids.length === 0 || ids.length > mostInAddress ? undefined : ids.join(" ");
}

// Pieces that each fit into the target of a question.
export function batchesOf(ids: readonly string[], mostBytes = 6000): string[][] {
  const batches: string[][] = [];
  let bytes = mostBytes;
  for (const id of ids) {
    const more = encodeURIComponent(id).length + 3; // and an encoded comma
    if (bytes + more > mostBytes) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(id);
    bytes += more;
  }
  return batches;
}
