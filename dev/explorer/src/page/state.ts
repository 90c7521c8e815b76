/** The state of the page: what is loaded, what is shown, and all that follows from these. */

import { computed, effect, signal } from "@preact/signals";
import { FORMAT, type Cell, type CellData, type Dataset, type Samples, type Study } from "../pure/format";
import { atLevel, found, isFlipped, marks, searchable, sorted, type Found } from "../pure/find";
import { score } from "../pure/intervals";
import { FILTERS, MOST_COLUMNS, type View } from "../pure/link";
import { orderSensitivity } from "../pure/samples";
import { chance, correctness, labelLevels, labelsUnder, NO_PICK, picksOf, predictor, type Picks, type Predictor, type Score } from "../pure/steering";
import type { Wanted } from "../pure/format";
import { load, loadOnce } from "./load";

export const study = signal<Study | null>(null);
export const opened = signal<Dataset | null>(null);
export const shown = signal<View | null>(null);
/** What went wrong, in a sentence; "" as long as nothing did. */
export const problem = signal("");

/** The open dataset and the view, in what is drawn only once they are there. */
export const dataset = computed(() => opened.value!);
export const view = computed(() => shown.value!);

/** By place in the dataset's list of cells. */
export const predictors = signal<ReadonlyMap<number, Predictor>>(new Map());
type Sensitivity = (target: readonly Wanted[]) => Uint8Array;
const sensitivities = signal<ReadonlyMap<number, Sensitivity>>(new Map());

const DEFAULT_COLUMNS = 4;
const SETTLING_MS = 150;

/** A column: a cell, and what it does under the target. */
export interface Column extends Found {
  place: number;
  cell: Cell;
  /** Why there are no picks; "" where there are. */
  reason: string;
  score: Score | null;
  flips: { all: number; toRight: number; toWrong: number } | null;
}

export const columnPlaces = computed(() => view.value.columns ?? firstColumns(dataset.value));
export const target = computed(() => view.value.target);
const before = computed(() => view.value.before);

const labelTable = computed(() => labelLevels(dataset.value));
export const starts = computed(() => labelTable.value.starts);
const texts = computed(() => searchable(dataset.value));
export const labels = computed(() => labelsUnder(labelTable.value, target.value, dataset.value.scale));
export const chanceAccuracy = computed(() => chance(labels.value, starts.value));

/** The picks of each loaded cell under the target. */
const decided = computed(() => {
  const picks = new Map<number, Picks | string>();
  for (const [place, of] of predictors.value) picks.set(place, picksOf(dataset.value, of, target.value));
  return picks;
});

/** The score of each loaded cell that picks under the target. */
export const scores = computed(() => {
  const all = new Map<number, Score>();
  for (const [place, picks] of decided.value)
    if (typeof picks !== "string") all.set(place, score(dataset.value, labels.value, starts.value, picks.picks));
  return all;
});

export const columns = computed(() => columnPlaces.value.map(columnOf));

function columnOf(place: number): Column {
  const cell = dataset.value.cells[place]!;
  const of = predictors.value.get(place);
  const picks = decided.value.get(place) ?? "loading";
  const earlier = of && before.value ? picksOf(dataset.value, of, before.value) : null;
  const column = { place, cell, reason: "", score: null, flips: null, before: asPicks(earlier), orderSensitive: null };
  if (typeof picks === "string") return { ...column, reason: picks, picks: null, correct: null };
  const correct = correctness(labels.value, starts.value, picks.picks);
  const sensitive = sensitivities.value.get(place)?.(wantsOrder.value ? target.value : settled.value) ?? null;
  const whole: Column = {
    ...column,
    picks,
    correct,
    orderSensitive: sensitive,
    score: score(dataset.value, labels.value, starts.value, picks.picks),
  };
  return { ...whole, flips: whole.before && countFlips(whole, whole.before) };
}

function asPicks(picks: Picks | string | null): Picks | null {
  return typeof picks === "string" ? null : picks;
}

/** Flips, and those that turn a pick right or wrong by the target now. */
function countFlips(column: Column, earlier: Picks): Column["flips"] {
  const wasCorrect = correctness(labels.value, starts.value, earlier.picks);
  const flips = { all: 0, toRight: 0, toWrong: 0 };
  for (let item = 0; item < wasCorrect.length; item++) {
    if (!isFlipped(column, item)) continue;
    flips.all++;
    if (column.correct![item]! > wasCorrect[item]!) flips.toRight++;
    if (column.correct![item]! < wasCorrect[item]!) flips.toWrong++;
  }
  return flips;
}

/** The columns that filters and sorting look at. */
export const lookedAt = computed(() =>
  view.value.only === null ? columns.value : columns.value.filter(({ place }) => place === view.value.only),
);

/** The target at rest: orders, which take long to compare, follow a slider only where they are asked for. */
const settled = signal<Wanted[]>([]);
let settling: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const next = shown.value?.target ?? [];
  clearTimeout(settling);
  settling = setTimeout(() => (settled.value = next), SETTLING_MS);
});

const wantsOrder = computed(() => view.value.filters.includes("order"));

/** The ADMs of the dataset, references aside, that pick under the target. */
const contenders = computed(() => {
  const { cells } = dataset.value;
  return cells.flatMap(({ role }, place) => (role === "contender" ? [place] : []));
});

/** Marks the items where every ADM of the dataset is wrong; null until all are loaded. */
const everyWrong = computed(() => {
  if (!contenders.value.length || contenders.value.some((place) => !predictors.value.has(place))) return null;
  const wrong = Uint8Array.from(labels.value.scored);
  let any = false;
  for (const place of contenders.value) {
    const picks = asPicks(decided.value.get(place)!);
    if (!picks) continue;
    any = true;
    const correct = correctness(labels.value, starts.value, picks.picks);
    for (let item = 0; item < wrong.length; item++) if (correct[item] || picks.picks[item] === NO_PICK) wrong[item] = 0;
  }
  return any ? wrong : new Uint8Array(wrong.length);
});

export const nContenders = computed(() => contenders.value.length);

export const marked = computed(() => marks(labels.value, lookedAt.value, columns.value, everyWrong.value));

const levelMarks = computed(() => {
  const { atLevel: wanted } = view.value;
  return wanted ? atLevel(dataset.value, wanted) : null;
});

/** The items that are shown but for the filters, by which these are counted. */
const candidates = computed(() => found(levelMarks.value ? [levelMarks.value] : [], texts.value, view.value.text));

/** How many items each filter would leave of what search and level leave; null where it cannot be told yet. */
export const counts = computed(() =>
  FILTERS.map((filter) => {
    const of = marked.value[filter];
    return of && candidates.value.reduce((count, item) => count + of[item]!, 0);
  }),
);

/** The items shown, in their order. */
export const items = computed(() => {
  const chosen = view.value.filters.map((filter) => marked.value[filter]);
  const passing = candidates.value.filter((item) => chosen.every((of) => of?.[item]));
  return sorted(passing, view.value.sort, lookedAt.value, columns.value, starts.value);
});

/** The first ADMs, and references where there are few. */
function firstColumns({ cells }: Dataset): number[] {
  const places = cells.map((_, place) => place);
  const isContender = (place: number) => cells[place]!.role === "contender";
  const ordered = [...places.filter(isContender), ...places.filter((place) => !isContender(place))];
  return ordered.slice(0, Math.min(DEFAULT_COLUMNS, MOST_COLUMNS)).sort((one, other) => one - other);
}

/** Load the study, and check that this page can read it. */
export async function openStudy(): Promise<Study> {
  const loaded = await load<Study>("study");
  if (loaded.format !== FORMAT) throw new Error(`the data has format ${loaded.format}, this page reads ${FORMAT}; write both again`);
  study.value = loaded;
  return loaded;
}

/** Load cells that are not there yet. */
export async function loadCells(places: readonly number[]): Promise<void> {
  const of = dataset.value;
  const missing = places.filter((place) => !predictors.value.has(place));
  const data = await Promise.all(missing.map((place) => load<CellData>(`${of.name}/cells/${place}`)));
  if (opened.value !== of || !missing.length) return;
  const added = missing.map((place, index) => [place, predictor(of, of.cells[place]!, data[index]!)] as const);
  predictors.value = new Map([...predictors.value, ...added]);
}

/** Load what the filter of order-sensitive items needs. */
export async function loadSensitivities(): Promise<void> {
  const of = dataset.value;
  const missing = columnPlaces.value.filter((place) => !sensitivities.value.has(place));
  const data = await Promise.all(missing.map((place) => loadOnce<Samples>(`${of.name}/samples/${place}`)));
  if (opened.value !== of || !missing.length) return;
  const added = missing.map((place, index) => [place, orderSensitivity(of, of.cells[place]!, data[index]!)] as const);
  sensitivities.value = new Map([...sensitivities.value, ...added]);
}

export function forget(): void {
  predictors.value = new Map();
  sensitivities.value = new Map();
}
