/** Rows as a table for a spreadsheet: RFC 4180, UTF-8. No text of a dataset is a formula there. */

import type { Cell, Dataset, Wanted } from "./format";
import { margin, type Found } from "./find";
import { isRight, NO_PICK, type Labels } from "./steering";
import { inWords } from "./target";
import { letter } from "./words";

type Value = string | number | boolean | null;

/** A line per item: its prompt, the target, which responses are right under it, and what each column picks. */
export function rowsAsCsv(
  dataset: Dataset,
  columns: readonly (Found & { cell: Cell })[],
  items: readonly number[],
  target: readonly Wanted[],
  labels: Labels,
  starts: Int32Array,
): string {
  const wanted = inWords(target, dataset);
  const names = columns.map(({ cell }) => `${cell.experiment}/${cell.adm}`);
  const heads = names.flatMap((name) => [`${name} pick`, `${name} correct`, `${name} margin`]);
  const lines = items.map((item): Value[] => {
    const { prompt, responses } = dataset.items[item]!;
    const scored = labels.scored[item] === 1;
    const right = responses.flatMap((_, response) => (isRight(labels, starts, item, response) ? [letter(response)] : []));
    return [item, prompt, wanted, scored, right.join(" "), ...columns.flatMap((column) => ofColumn(column, item, scored, starts))];
  });
  return [["item", "prompt", "target", "scored", "nearest by label", ...heads], ...lines].map(asLine).join("");
}

function ofColumn({ picks, correct }: Found, item: number, scored: boolean, starts: Int32Array): Value[] {
  const pick = picks?.picks[item] ?? NO_PICK;
  if (!picks || pick === NO_PICK) return [null, null, null];
  return [letter(pick), scored ? correct?.[item] === 1 : null, margin(picks, starts, item)];
}

function asLine(values: readonly Value[]): string {
  return `${values.map((value) => quoted(typeof value === "string" ? unread(value) : String(value ?? ""))).join(",")}\r\n`;
}

/** A text with an apostrophe before it where a spreadsheet would compute it, as OWASP advises against CSV injection. */
function unread(text: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
