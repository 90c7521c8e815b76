/** An item as Markdown. Texts stand in fences, so that nothing in them is read as markup. */

import type { Cell, Dataset, Wanted } from "./format";
import type { Found } from "./find";
import { isRight, NO_PICK, type Labels } from "./steering";
import { inWords } from "./target";
import { decimals, letter } from "./words";

type Column = Found & { cell: Cell; reason: string };

export function itemAsMarkdown(
  dataset: Dataset,
  item: number,
  target: readonly Wanted[],
  columns: readonly Column[],
  labels: Labels,
  starts: Int32Array,
): string {
  const { prompt, responses, labels: levels } = dataset.items[item]!;
  const names = dataset.attributes.map(({ name }) => name);
  const distance = (response: number) => decimals(labels.distances[starts[item]! + response]!);
  const byLabel = table(
    ["response", ...names, "distance to the target", "nearest"],
    responses.map((_, response) => [
      letter(response),
      ...levels[response]!.map(String),
      distance(response),
      labels.scored[item] && isRight(labels, starts, item, response) ? "yes" : "",
    ]),
  );
  const picks = table(["ADM", "experiment", "pick", ""], columns.map((column) => pickRow(column, item, labels)));
  return [
    `# ${dataset.label}, item ${item}`,
    `Target: ${inWords(target, dataset.attributes)}`,
    "## Prompt",
    fenced(prompt),
    ...responses.flatMap((text, response) => [`## Response ${letter(response)}`, fenced(text)]),
    "## Labels",
    byLabel,
    "## Picks",
    picks,
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
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/[|\\]/g, "\\$&").replace(/\s+/g, " ")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A text in a fence that is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
