/** From levels and a target to picks, and from picks and labels to scores. */

import { distances, lacking, levelsOf, type Levels } from "./arithmetic";
import type { Cell, CellData, Dataset, Wanted } from "./format";
import { placeOf } from "./target";

export const NO_PICK = -1;
const LETTER_A = "a".charCodeAt(0);

/** A cell's picks under a target. */
export interface Picks {
  /** The response of each item, or NO_PICK. */
  picks: Int16Array;
  /** Whether several responses of an item were equally near, so that the first was picked. */
  tied: Uint8Array;
  /** The distance of each response; null where the cell does not predict levels. */
  distances: Float64Array | null;
}

/** How the labels stand to a target. */
export interface Labels {
  distances: Float64Array;
  nearest: Float64Array;
  farthest: Float64Array;
  /** Whether an item's responses differ in distance; the others tie and are not scored. */
  scored: Uint8Array;
}

export interface Score {
  n_scored: number;
  n_tied: number;
  /** Percent; null where no item is scored. */
  accuracy: number | null;
  low: number | null;
  high: number | null;
  alignment_score: number | null;
}

/** A cell made ready for steering. */
export interface Predictor {
  cell: Cell;
  levels: Levels | null;
  data: CellData;
}

export function labelLevels(dataset: Dataset): Levels {
  const labels = dataset.items.map((item) => item.labels);
  const every = dataset.attributes.map((_, attribute) => attribute);
  return levelsOf(labels, every, every.length, dataset.scoring.distance, dataset.steps);
}

export function predictor(dataset: Dataset, cell: Cell, data: CellData): Predictor {
  const { attributes, selection } = cell;
  const levels = data.levels
    ? levelsOf(data.levels, attributes, dataset.attributes.length, selection.distance, dataset.steps)
    : null;
  return { cell, levels, data };
}

/** What a cell picks under a target; a text that says why there is none. */
export function picksOf(dataset: Dataset, of: Predictor, target: readonly Wanted[]): Picks | string {
  if (of.levels) {
    const missing = lacking(of.levels, target);
    if (missing !== null) return `does not predict ${dataset.attributes[missing]!.name}`;
    return nearestResponses(of.levels.starts, distances(of.levels, target, dataset.steps));
  }
  const { picks } = of.data;
  if (typeof picks === "string") return fromLetters(picks);
  const stored = picks?.[placeOf(target, dataset.targets)];
  return stored ? fromLetters(stored) : "picks for stored targets only";
}

/** The nearest response of each item; the first wins a tie. */
export function nearestResponses(starts: Int32Array, ofResponses: Float64Array): Picks {
  const count = starts.length - 1;
  const picks = new Int16Array(count);
  const tied = new Uint8Array(count);
  for (let item = 0; item < count; item++) {
    const start = starts[item]!;
    let best = start;
    for (let row = start + 1; row < starts[item + 1]!; row++) {
      const distance = ofResponses[row]!;
      if (distance < ofResponses[best]!) {
        best = row;
        tied[item] = 0;
      } else if (distance === ofResponses[best]) tied[item] = 1;
    }
    picks[item] = best - start;
  }
  return { picks, tied, distances: ofResponses };
}

/** Picks from a letter per item, "a" for the first response; another sign is none. */
export function fromLetters(letters: string): Picks {
  const picks = new Int16Array(letters.length);
  for (let item = 0; item < letters.length; item++) {
    const place = letters.charCodeAt(item) - LETTER_A;
    picks[item] = place >= 0 ? place : NO_PICK;
  }
  return { picks, tied: new Uint8Array(letters.length), distances: null };
}

export function labelsUnder(levels: Levels, target: readonly Wanted[], scale: readonly number[]): Labels {
  const ofResponses = distances(levels, target, scale);
  const count = levels.starts.length - 1;
  const [nearest, farthest, scored] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
  for (let item = 0; item < count; item++) {
    let [least, most] = [Infinity, -Infinity];
    for (let row = levels.starts[item]!; row < levels.starts[item + 1]!; row++) {
      least = Math.min(least, ofResponses[row]!);
      most = Math.max(most, ofResponses[row]!);
    }
    nearest[item] = least;
    farthest[item] = most;
    scored[item] = most > least ? 1 : 0;
  }
  return { distances: ofResponses, nearest, farthest, scored };
}

/** Whether a response is among those nearest to the target by label. */
export function isRight(labels: Labels, starts: Int32Array, item: number, response: number): boolean {
  return labels.distances[starts[item]! + response] === labels.nearest[item];
}

/** 1 where an item is scored and the pick is right. */
export function correctness(labels: Labels, starts: Int32Array, picks: Int16Array): Uint8Array {
  return Uint8Array.from(picks, (pick, item) =>
    labels.scored[item] && pick !== NO_PICK && isRight(labels, starts, item, pick) ? 1 : 0,
  );
}

/** Mean over the scored items of 100 * (1 - distance of the pick / largest distance of the item). */
export function alignmentScore(labels: Labels, starts: Int32Array, picks: Int16Array): number | null {
  let [sum, count] = [0, 0];
  picks.forEach((pick, item) => {
    if (!labels.scored[item]) return;
    sum += 1 - labels.distances[starts[item]! + pick]! / labels.farthest[item]!;
    count++;
  });
  return count ? (100 * sum) / count : null;
}

/** The accuracy of a random pick, in percent. */
export function chance(labels: Labels, starts: Int32Array): number | null {
  let [sum, count] = [0, 0];
  for (let item = 0; item < labels.scored.length; item++) {
    if (!labels.scored[item]) continue;
    const responses = starts[item + 1]! - starts[item]!;
    let right = 0;
    for (let response = 0; response < responses; response++) if (isRight(labels, starts, item, response)) right++;
    sum += right / responses;
    count++;
  }
  return count ? (100 * sum) / count : null;
}
