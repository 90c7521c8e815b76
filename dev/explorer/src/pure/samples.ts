/** What single samples picked, and whether the order of the responses moved them. */

import { distances, levelsOf } from "./arithmetic";
import type { Cell, Dataset, Samples, Wanted } from "./format";
import { fromLetters, nearestResponses, NO_PICK } from "./steering";
import { placeOf } from "./target";

/** The pick of one sample for an item under a target, and the order that it saw. */
interface Seen {
  pick: number;
  order: string;
}

/** The samples under a target, as a function of the item; one whose pick or order is not known is left out. */
type Under = (target: readonly Wanted[]) => (item: number) => Seen[];

/** Under a target, a mark for each item: whether two samples saw different orders and pick different responses. */
export function orderSensitivity(dataset: Dataset, cell: Cell, samples: Samples): (target: readonly Wanted[]) => Uint8Array {
  const under = cell.decides === "levels" ? fromScores(dataset, cell, samples) : fromVotes(dataset, cell, samples);
  return (target) => {
    const seenOf = under(target);
    return Uint8Array.from(dataset.items, (_, item) => {
      const seen = seenOf(item);
      const isMoved = ({ pick, order }: Seen) => seen.some((other) => other.order !== order && other.pick !== pick);
      return seen.some(isMoved) ? 1 : 0;
    });
  };
}

function fromVotes(dataset: Dataset, cell: Cell, samples: Samples): Under {
  return (target) => {
    const place = placeOf(target, dataset.targets);
    const ofTarget = <T>(values: unknown) => (cell.decides === "targets" ? (values as T[] | null)?.[place] : (values as T)) ?? null;
    const votes = ofTarget<string[]>(samples.votes) ?? [];
    const shown = ofTarget<number[][]>(samples.shown);
    const picks = votes.map((letters) => fromLetters(letters).picks);
    return (item) => picks.flatMap((of, sample) => seen(of[item]!, [shown?.[sample]?.[item] ?? -1]));
  };
}

function fromScores(dataset: Dataset, cell: Cell, samples: Samples): Under {
  const { attributes, selection } = cell;
  const shown = samples.shown as (number[] | null)[][] | null;
  const scores = samples.scores ?? [];
  const prepared = scores.map((ofItems) => {
    const numbers = ofItems.map((responses, item) =>
      (responses ?? dataset.items[item]!.responses.map(() => [])).map((levels) => attributes.map((_, place) => levels[place] ?? 0)),
    );
    return levelsOf(numbers, attributes, dataset.attributes.length, selection.distance, dataset.steps);
  });
  return (target) => {
    const places = target.map(([attribute]) => attributes.indexOf(attribute));
    if (places.includes(-1)) return () => [];
    const picks = prepared.map((levels) => nearestResponses(levels.starts, distances(levels, target, dataset.steps)).picks);
    const isWhole = (responses: (number | null)[][] | null | undefined) =>
      responses?.every((levels) => places.every((place) => levels[place] !== null));
    return (item) =>
      picks.flatMap((of, sample) =>
        isWhole(scores[sample]![item])
          ? seen(of[item]!, places.map((place) => shown?.[sample]?.[item]?.[place] ?? -1))
          : [],
      );
  };
}

function seen(pick: number, orders: readonly number[]): Seen[] {
  return pick === NO_PICK || orders.includes(-1) ? [] : [{ pick, order: orders.join(" ") }];
}
