/** Wilson's interval on the effective number of outcomes that the prompts give: `pluralism.statistics.intervals`. */

import type { Dataset } from "./format";
import { alignmentScore, correctness, type Labels, type Score } from "./steering";

const PRIOR_PROMPTS = 3;
const NO_VARIANCE = 1e-15;
const ONE = 1 + 1e-9;

/** Counts of one prompt's items. */
interface Counts {
  correct: Float64Array;
  scored: Float64Array;
}

/** Accuracy with its interval and alignment score of picks, in percent. */
export function score(dataset: Dataset, labels: Labels, starts: Int32Array, picks: Int16Array): Score {
  const counts = byPrompt(dataset, correctness(labels, starts, picks), labels.scored);
  const n_scored = total(counts.scored);
  const n_tied = labels.scored.length - n_scored;
  if (!n_scored) return { n_scored, n_tied, accuracy: null, low: null, high: null, alignment_score: null };
  const [low, high] = interval(counts, dataset.critical, dataset.poisson) ?? [null, null];
  const accuracy = (100 * total(counts.correct)) / n_scored;
  return { n_scored, n_tied, accuracy, low, high, alignment_score: alignmentScore(labels, starts, picks) };
}

function byPrompt(dataset: Dataset, correct: Uint8Array, scored: Uint8Array): Counts {
  const prompts = 1 + dataset.items.reduce((most, item) => Math.max(most, item.cluster), -1);
  const counts = { correct: new Float64Array(prompts), scored: new Float64Array(prompts) };
  dataset.items.forEach(({ cluster }, item) => {
    counts.correct[cluster] = counts.correct[cluster]! + correct[item]!;
    counts.scored[cluster] = counts.scored[cluster]! + scored[item]!;
  });
  return counts;
}

/** The 95% interval of an accuracy, in percent; null where fewer than two prompts are scored. */
function interval(counts: Counts, critical: number[], poisson: number[]): [low: number, high: number] | null {
  const all = total(counts.scored);
  const share = total(counts.correct) / all;
  const weights = counts.scored.map((scored) => scored / all);
  const influences = counts.correct.map((correct, prompt) => correct / all - share * weights[prompt]!);
  const freedom = weights.filter((weight) => weight > 0).length - 1;
  if (freedom < 1) return null;
  const size = effectiveSize(share, squares(influences), 1 / squares(weights));
  return wilson(share, size, critical[freedom]!, poisson[freedom]!);
}

/** How many independent outcomes, each 0 or 1, would scatter as much as a share does. */
function effectiveSize(share: number, variance: number, prompts: number): number {
  const rarer = Math.min(share, 1 - share) ** 2;
  const alike = rarer < NO_VARIANCE;
  const raw = alike ? prompts : (share * (1 - share)) / Math.max(variance, NO_VARIANCE);
  const spread = alike ? 0 : prompts * (rarer / (rarer + prompts * variance));
  if (raw <= prompts) return raw;
  return Math.exp((spread * Math.log(raw) + PRIOR_PROMPTS * Math.log(prompts)) / (spread + PRIOR_PROMPTS));
}

function wilson(share: number, size: number, quantile: number, poisson: number): [low: number, high: number] {
  const squared = (quantile * quantile) / size;
  const middle = (share + squared / 2) / (1 + squared);
  const half = (quantile / (1 + squared)) * Math.sqrt((share * (1 - share)) / size + squared / (4 * size));
  let [low, high] = [middle - half, middle + half];
  if (size * share <= ONE) low = Math.min(low, poisson * share);
  if (size * (1 - share) <= ONE) high = Math.max(high, 1 - poisson * (1 - share));
  return [100 * Math.min(Math.max(low, 0), share), 100 * Math.max(Math.min(high, 1), share)];
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
