// A laid out graph: each task is a box of one size.
export interface Placed {
  x: number;
  y: number;
}

export interface Layout {
  at: Map<string, Placed>;
  paths: { from: string; to: string; d: string }[];
  width: number;
  height: number;
}

export const box = { width: 190, height: 46 };
