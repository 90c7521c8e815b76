/** Which items to show, and in which order. */

import type { Dataset } from "./format";
import type { AtLevel, Filter, Sort } from "./link";
import { NO_PICK, type Labels, type Picks } from "./steering";

/** What is known of a column when items are looked for. */
export interface Found {
  picks: Picks | null;
  /** Its picks under the target before; null where there are none. */
  before: Picks | null;
  correct: Uint8Array | null;
  /** Whether samples that saw other orders pick other responses; null until their scores are there. */
  orderSensitive: Uint8Array | null;
}

/** A mark per item. */
export type Marks = Uint8Array;

/**
 * The items that each filter would show.
 *
 * `columns` are those that filters look at, `all` those that are on the page, and `everyWrong` marks the items where
 * every ADM of the dataset is wrong. A filter that cannot be told yet is null.
 */
export function marks(
  labels: Labels,
  columns: readonly Found[],
  all: readonly Found[],
  everyWrong: Marks | null,
): Record<Filter, Marks | null> {
  const count = labels.scored.length;
  const where = (test: (item: number) => boolean) => Uint8Array.from({ length: count }, (_, item) => (test(item) ? 1 : 0));
  const picking = columns.filter(({ picks }) => picks);
  const isWrong = ({ picks, correct }: Found, item: number) =>
    labels.scored[item] && picks!.picks[item] !== NO_PICK && !correct![item];
  const isKnown = picking.every(({ orderSensitive }) => orderSensitive);
  return {
    wrong: where((item) => picking.some((column) => isWrong(column, item))),
    "all-wrong": where((item) => picking.length > 0 && picking.every((column) => isWrong(column, item))),
    "every-adm-wrong": everyWrong,
    differ: where((item) => disagreement(all, item) > 0),
    flipped: where((item) => columns.some((column) => isFlipped(column, item))),
    tied: where((item) => !labels.scored[item]),
    "tie-break": where((item) => picking.some(({ picks }) => picks!.tied[item])),
    order: isKnown ? where((item) => picking.some(({ orderSensitive }) => orderSensitive![item])) : null,
  };
}

export function isFlipped({ picks, before }: Found, item: number): boolean {
  return picks !== null && before !== null && picks.picks[item] !== before.picks[item];
}

/** The share of the pairs of columns that pick different responses. */
export function disagreement(columns: readonly Found[], item: number): number {
  const picks = columns.flatMap(({ picks }) => (picks && picks.picks[item] !== NO_PICK ? [picks.picks[item]!] : []));
  let [pairs, different] = [0, 0];
  for (let one = 0; one < picks.length; one++)
    for (let other = 0; other < one; other++) {
      pairs++;
      if (picks[one] !== picks[other]) different++;
    }
  return pairs ? different / pairs : 0;
}

/** How much nearer the pick is than the next response, by predicted levels; null where none are predicted. */
export function margin(picks: Picks, starts: Int32Array, item: number): number | null {
  if (!picks.distances) return null;
  const picked = starts[item]! + picks.picks[item]!;
  let next = Infinity;
  for (let row = starts[item]!; row < starts[item + 1]!; row++)
    if (row !== picked) next = Math.min(next, picks.distances[row]!);
  return next - picks.distances[picked]!;
}

/** The smallest margin of some columns; null where none of them predicts levels. */
export function smallestMargin(columns: readonly Found[], starts: Int32Array, item: number): number | null {
  const margins = columns.flatMap(({ picks }) => (picks ? [margin(picks, starts, item)] : []));
  const known = margins.filter((value) => value !== null);
  return known.length ? Math.min(...known) : null;
}

/** Texts in the form in which they are searched. */
export function searchable(dataset: Dataset): string[] {
  return dataset.items.map(({ prompt, responses }) => [prompt, ...responses].join("\n").toLowerCase());
}

/** Items that have a response with a label nearest to a level. */
export function atLevel(dataset: Dataset, { attribute, level }: AtLevel): Marks {
  return Uint8Array.from(dataset.items, ({ labels }) =>
    labels.some((levels) => nearestLevel(dataset.scale, levels[attribute]!) === level) ? 1 : 0,
  );
}

/** The level of a scale that is nearest to another one; the lower of two. */
export function nearestLevel(scale: readonly number[], level: number): number {
  return scale.reduce((best, other) => (Math.abs(other - level) < Math.abs(best - level) ? other : best));
}

/** The items that pass all marks and hold a text, in order. */
export function found(passing: readonly Marks[], texts: readonly string[], text: string): number[] {
  const wanted = text.trim().toLowerCase();
  return texts.flatMap((own, item) =>
    passing.every((of) => of[item]) && (!wanted || own.includes(wanted)) ? [item] : [],
  );
}

/** Items by smallest margin, or by largest disagreement; equal ones by number. */
export function sorted(items: readonly number[], sort: Sort, columns: readonly Found[], all: readonly Found[], starts: Int32Array): number[] {
  if (sort === "item") return [...items];
  const key = (item: number) =>
    sort === "margin" ? (smallestMargin(columns, starts, item) ?? Infinity) : -disagreement(all, item);
  const keys = new Map(items.map((item) => [item, key(item)]));
  return [...items].sort((one, other) => keys.get(one)! - keys.get(other)! || one - other);
}
