import { describe, expect, test } from "vitest";
import { contrast, paletteColour, piecesOf, readable } from "./ansi";

const esc = "\u001b";

describe("what was printed for a terminal", () => {
  test("is pieces of text with their colours", () => {
    expect(piecesOf(`a ${esc}[31;1mred${esc}[0m b`).map((piece) => [piece.text, piece.classes])).toEqual([
      ["a ", ""],
      ["red", "f-red d-bold"],
      [" b", ""],
    ]);
  });

  test("is never markup", () => {
    expect(piecesOf("<b onclick=x>&amp;</b>").map((piece) => piece.text).join("")).toBe("<b onclick=x>&amp;</b>");
  });

  test("loses what would move a cursor, name a window or hide", () => {
    expect(piecesOf(`${esc}[2J${esc}]0;title\u0007one${esc}[3Atwo${esc}c`).map((piece) => piece.text).join("")).toBe("onetwo");
    expect(piecesOf("safe\u202etxt").map((piece) => piece.text).join("")).toBe("safe\\u202etxt");
  });

  test("keeps of a line what was written over it last", () => {
    expect(piecesOf("10 %\r50 %\rdone\r\nnext").map((piece) => piece.text).join("")).toBe("done\nnext");
  });

  test("can be read in any colour", () => {
    const [piece] = piecesOf(`${esc}[38;2;0;0;40;48;5;230mdark${esc}[0m`);
    expect(piece?.colour).toMatch(/^rgb\(\d+ \d+ \d+\)$/);
    expect(piece?.ground).toMatch(/^rgb\(\d+ \d+ \d+\)$/);
    const numbers = (text: string | undefined) => (text?.match(/\d+/g) ?? []).map(Number) as [number, number, number];
    expect(contrast(numbers(piece?.colour), numbers(piece?.ground))).toBeGreaterThanOrEqual(4.5);
  });
});

test("the palette is xterm's", () => {
  expect(paletteColour(16)).toEqual([0, 0, 0]);
  expect(paletteColour(196)).toEqual([255, 0, 0]);
  expect(paletteColour(231)).toEqual([255, 255, 255]);
  expect(paletteColour(244)).toEqual([128, 128, 128]);
});

test("a colour that can be read stays as it is", () => {
  expect(readable([255, 255, 255], [0, 0, 0], 255)).toEqual([255, 255, 255]);
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
});
