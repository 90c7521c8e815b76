/** Targets: stored ones, and those that sliders make. */

import type { Dataset, StoredTarget, Wanted } from "./format";
import { written } from "./scale";
import { isolated } from "./words";

export const SMALLEST_WEIGHT = 1e-6;
export const LARGEST_WEIGHT = 1e6;

/**
 * Where a target stands among the stored ones: itself, else the first with the same levels and weights; -1 if none is
 * equal. Stored ones may be equal, too, and then have picks of their own.
 */
export function placeOf(target: readonly Wanted[], stored: readonly StoredTarget[]): number {
  const own = stored.findIndex(({ levels }) => levels === target);
  if (own >= 0) return own;
  const wanted = inOrder(target);
  return stored.findIndex(({ levels }) => same(inOrder(levels), wanted));
}

/** A target in the order in which its squares are added: that of an equal stored one, else that of the attributes. */
export function ordered(target: readonly Wanted[], stored: readonly StoredTarget[]): Wanted[] {
  return stored[placeOf(target, stored)]?.levels ?? inOrder(target);
}

export function sameTarget(one: readonly Wanted[], other: readonly Wanted[]): boolean {
  return same(inOrder(one), inOrder(other));
}

/** A target with other levels of one attribute; null for the level leaves the attribute out. */
export function withLevel(
  target: readonly Wanted[],
  attribute: number,
  level: number | null,
  weight: number,
): Wanted[] {
  const others = target.filter(([other]) => other !== attribute);
  return level === null ? others : inOrder([...others, [attribute, level, weight]]);
}

/** "care 1, liberty 0.5 (weight 2)" */
export function inWords(target: readonly Wanted[], dataset: Dataset): string {
  return target
    .map(([place, level, weight]) => {
      const name = isolated(dataset.attributes[place]!.name);
      const words = `${name} ${written(level, dataset)}`;
      return weight === 1 ? words : `${words} (weight ${weight})`;
    })
    .join(", ");
}

/** A target's name or words where it is stored, its levels where it is not. */
export function titleOf(target: readonly Wanted[], dataset: Dataset): string {
  const found = dataset.targets[placeOf(target, dataset.targets)];
  if (!found) return inWords(target, dataset);
  return found.name.includes("/") ? found.name : found.words;
}

function inOrder(target: readonly Wanted[]): Wanted[] {
  return [...target].sort(([one], [other]) => one - other);
}

function same(one: readonly Wanted[], other: readonly Wanted[]): boolean {
  return (
    one.length === other.length &&
    one.every((wanted, place) => wanted.every((value, part) => value === other[place]![part]))
  );
}
