/** An item as Markdown. Texts stand in fences, and names are escaped, so that nothing in them is read as markup. */

import type { Cell, Dataset, Wanted } from "./format";
import type { Found } from "./find";
import { rounded, written } from "./scale";
import { isRight, NO_PICK, type Labels } from "./steering";
import { inWords } from "./target";
import { decimals, letter } from "./words";

type Column = Found & { cell: Cell; reason: string };

/** The level that a column predicts of a response and an attribute; null where it predicts none. */
export type LevelOf<C> = (column: C, item: number, response: number, attribute: number) => number | null;

export function itemAsMarkdown<C extends Column>(
  dataset: Dataset,
  item: number,
  target: readonly Wanted[],
  columns: readonly C[],
  labels: Labels,
  starts: Int32Array,
  levelOf: LevelOf<C>,
): string {
  const { prompt, responses, labels: levels } = dataset.items[item]!;
  const names = dataset.attributes.map(({ name }) => name);
  const distance = (response: number) => decimals(labels.distances[starts[item]! + response]!);
  const byLabel = table(
    ["response", ...names, "distance to the target", "nearest"],
    responses.map((_, response) => [
      letter(response),
      ...levels[response]!.map((level) => written(level, dataset)),
      distance(response),
      labels.scored[item] && isRight(labels, starts, item, response) ? "yes" : "",
    ]),
  );
  const predicting = columns.filter((column) => names.some((_, attribute) => levelOf(column, item, 0, attribute) !== null));
  const predicted = predicting.flatMap((column) =>
    responses.map((_, response) => [
      column.cell.adm_label,
      column.cell.experiment_label,
      letter(response),
      ...names.map((_, attribute) => rounded(levelOf(column, item, response, attribute), dataset)),
      decimals(column.picks?.distances?.[starts[item]! + response] ?? null),
    ]),
  );
  const picks = table(["ADM", "experiment", "pick", ""], columns.map((column) => pickRow(column, item, labels)));
  return [
    `# ${escaped(dataset.label)}, item ${item}`,
    `Target: ${escaped(inWords(target, dataset))}`,
    "## Prompt",
    fenced(prompt),
    ...responses.flatMap((text, response) => [`## Response ${letter(response)}`, fenced(text)]),
    "## Labels",
    byLabel,
    "## Picks",
    picks,
    ...(predicted.length ? ["## Predicted levels", table(["ADM", "experiment", "response", ...names, "distance to the target"], predicted)] : []),
    "",
  ].join("\n\n");
}

function pickRow({ cell, picks, correct, reason }: Column, item: number, labels: Labels): string[] {
  const pick = picks?.picks[item] ?? NO_PICK;
  const own = [cell.adm_label, cell.experiment_label];
  if (pick === NO_PICK) return [...own, "", reason];
  return [...own, letter(pick), labels.scored[item] ? (correct?.[item] ? "right" : "wrong") : "tied, not scored"];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A name or words in a line, none of whose signs is markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|~&$]/g, "\\$&").replace(/\s+/g, " ");
}

/** A text in a fence that is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
