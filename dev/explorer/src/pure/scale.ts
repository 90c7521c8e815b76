/** Levels as people read them: on the scale of the dataset. */

import type { Dataset } from "./format";
import { decimals } from "./words";

const DIGITS = 12;

/** The value of a level on the scale of the dataset. */
export function valueOf(level: number, { scale, shown }: Pick<Dataset, "scale" | "shown">): number {
  const [lowest, highest] = shown.range;
  return shown.levels[scale.indexOf(level)] ?? lowest + level * (highest - lowest);
}

/** It as it is written, without the noise of floats. */
export function written(level: number, dataset: Pick<Dataset, "scale" | "shown">): string {
  return String(Number(valueOf(level, dataset).toPrecision(DIGITS)));
}

/** It with two decimals; a dash where there is no level. */
export function rounded(level: number | null, dataset: Pick<Dataset, "scale" | "shown">): string {
  return decimals(level === null ? null : valueOf(level, dataset));
}
