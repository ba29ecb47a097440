import { expect, test } from "vitest";
import { csvOf, jsonOf } from "./csv";

test("a table is written with every column that some row has", () => {
  const rows = [{ id: "a", title: 'He said "no", twice' }, { id: "b", labels: ["x", "y"], attempts: 2, range: { p50: 1 } }];
  expect(csvOf(rows)).toBe(
    'id,title,labels,attempts,range\r\na,"He said ""no"", twice",,,\r\nb,,x; y,2,"{""p50"":1}"\r\n',
  );
  expect(JSON.parse(jsonOf(rows))).toEqual(rows);
});

test("no text becomes a formula", () => {
  expect(csvOf([{ title: '=HYPERLINK("http://x")', n: -1 }])).toBe('title,n\r\n"\'=HYPERLINK(""http://x"")",-1\r\n');
  for (const text of ["+1", "-1", "@x", "\tx"]) expect(csvOf([{ text }])).toContain(`'${text}`);
});

test("no rows are a table without columns", () => expect(csvOf([])).toBe("\r\n"));
