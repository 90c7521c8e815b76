/** Distances in float64, operation by operation as `pluralism.decisions.selection` computes them. */

import type { Distance, Wanted } from "./format";

const PARTS_OF_A_STEP = 1e6;
/** From here on every float64 is whole, so that adding it rounds a smaller number, halves to the even one. */
const WHOLE = 2 ** 52;

/** As numpy.rint. */
export function roundEven(value: number): number {
  if (value >= 0) return value < WHOLE ? value + WHOLE - WHOLE : value;
  return value > -WHOLE ? value - WHOLE + WHOLE : value;
}

/** A level in whole millionths of a step of a scale; its levels are whole steps, others are interpolated. */
export function steps(level: number, scale: readonly number[]): number {
  return roundEven(interpolated(level, scale) * PARTS_OF_A_STEP);
}

/** As numpy.interp(level, scale, arange(len(scale))). */
function interpolated(level: number, scale: readonly number[]): number {
  const last = scale.length - 1;
  if (level >= scale[last]!) return last;
  if (level <= scale[0]!) return 0;
  let below = 0;
  while (below < last && scale[below + 1]! <= level) below++;
  if (scale[below] === level) return below;
  return (1 / (scale[below + 1]! - scale[below]!)) * (level - scale[below]!) + below;
}

/**
 * Levels of all responses of all items.
 *
 * `starts`: where an item's responses begin, and at the end their number. `columns`: per attribute a level for each
 * response, in steps where distances are counted in steps; null where there are none.
 */
export interface Levels {
  distance: Distance;
  starts: Int32Array;
  columns: (Float64Array | null)[];
}

/** Levels from [item][response][place], where a place is that of an attribute in `attributes`. */
export function levelsOf(
  values: readonly number[][][],
  attributes: readonly number[],
  count: number,
  distance: Distance,
  scale: readonly number[],
): Levels {
  const starts = new Int32Array(values.length + 1);
  values.forEach((responses, item) => (starts[item + 1] = starts[item]! + responses.length));
  const columns: (Float64Array | null)[] = Array.from({ length: count }, () => null);
  attributes.forEach((attribute, place) => {
    const column = new Float64Array(starts[values.length]!);
    let row = 0;
    for (const responses of values)
      for (const levels of responses) {
        const level = levels[place]!;
        column[row++] = distance === "steps" ? steps(level, scale) : level;
      }
    columns[attribute] = column;
  });
  return { distance, starts, columns };
}

/** The first attribute of a target that has no levels; null if a distance can be told. */
export function lacking(levels: Levels, target: readonly Wanted[]): number | null {
  const missing = target.find(([attribute]) => !levels.columns[attribute]);
  return missing ? missing[0] : null;
}

/** Weighted Euclidean distance of each response to a target, over its attributes; one that has no levels is an error. */
export function distances(levels: Levels, target: readonly Wanted[], scale: readonly number[]): Float64Array {
  const inSteps = levels.distance === "steps";
  const least = inSteps ? Math.min(...target.map(([, , weight]) => weight)) : 1;
  const unit = inSteps ? (scale.length - 1) * PARTS_OF_A_STEP : 1;
  const sums = new Float64Array(levels.starts[levels.starts.length - 1]!);
  for (const [attribute, level, weight] of target) {
    const column = levels.columns[attribute];
    if (!column) throw new Error(`there are no levels of attribute ${attribute}`);
    const wanted = inSteps ? steps(level, scale) : level;
    const relative = weight / least;
    for (let row = 0; row < sums.length; row++) {
      const difference = column[row]! - wanted;
      const square = relative * (difference * difference);
      sums[row] = sums[row]! + (inSteps ? roundEven(square) : square);
    }
  }
  for (let row = 0; row < sums.length; row++) sums[row] = Math.sqrt(sums[row]! * least) / unit;
  return sums;
}
