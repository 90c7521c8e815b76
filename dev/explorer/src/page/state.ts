/** The state of the page: what is loaded, what is shown, and all that follows from these. */

import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { FORMAT, type Cell, type CellData, type Dataset, type Samples, type Study } from "../pure/format";
import { atLevel, found, isFlipped, marks, searchable, sorted, type Found } from "../pure/find";
import { score } from "../pure/intervals";
import { FILTERS, firstColumns, type Filter, type View } from "../pure/link";
import { orderSensitivity } from "../pure/samples";
import { chance, correctness, labelLevels, labelsUnder, picksOf, predictor, type Picks, type Predictor, type Score } from "../pure/steering";
import type { Wanted } from "../pure/format";
import { isolated } from "../pure/words";
import { load, loadOnce } from "./load";

export const study = signal<Study | null>(null);
export const opened = signal<Dataset | null>(null);
export const shown = signal<View | null>(null);
/** What went wrong, in a sentence; "" as long as nothing did. */
export const problem = signal("");
/** What of the link was left out, as this copy does not have it or cannot read it. */
export const leftOut = signal<readonly string[]>([]);

/** The open dataset and the view, in what is drawn only once they are there. */
export const dataset = computed(() => opened.value!);
export const view = computed(() => shown.value!);

/** By place in the dataset's list of cells. */
export const predictors = signal<ReadonlyMap<number, Predictor>>(new Map());
type Sensitivity = (target: readonly Wanted[]) => Uint8Array;
const sensitivities = signal<ReadonlyMap<number, Sensitivity>>(new Map());

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

const firstPlaces = computed(() => firstColumns(dataset.value));
export const columnPlaces = computed(() => view.value.columns ?? firstPlaces.value);
export const target = computed(() => view.value.target);
const before = computed(() => view.value.before);

const labelTable = computed(() => labelLevels(dataset.value));
export const starts = computed(() => labelTable.value.starts);
const texts = computed(() => searchable(dataset.value));
export const labels = computed(() => labelsUnder(labelTable.value, target.value, dataset.value.steps));
export const chanceAccuracy = computed(() => chance(labels.value, starts.value));

/** The accuracy of each loaded cell that picks under the target, in percent. */
export const accuracies = computed(() => {
  const all = new Map<number, number | null>();
  for (const [place, of] of predictors.value) {
    const picks = asPicks(picksOf(dataset.value, of, target.value));
    if (picks) all.set(place, score(dataset.value, labels.value, starts.value, picks.picks).accuracy);
  }
  return all;
});

export const columns = computed(() => columnPlaces.value.map(columnOf));

function columnOf(place: number): Column {
  const cell = dataset.value.cells[place]!;
  const of = predictors.value.get(place);
  const picks = of ? picksOf(dataset.value, of, target.value) : problem.value ? "cannot be read" : "loading";
  const earlier = of && before.value ? picksOf(dataset.value, of, before.value) : null;
  const column = { place, cell, reason: "", score: null, flips: null, before: asPicks(earlier), orderSensitive: null };
  if (typeof picks === "string") return { ...column, reason: picks, picks: null, correct: null };
  const correct = correctness(labels.value, starts.value, picks.picks);
  const whole: Column = {
    ...column,
    picks,
    correct,
    orderSensitive: orderSensitive.value.get(place) ?? null,
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

/** The target at rest: what takes long to find follows a slider only where it is asked for. */
const atRest = signal<Wanted[] | null>(null);
let settling: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  const next = shown.value?.target ?? null;
  clearTimeout(settling);
  settling = setTimeout(() => (atRest.value = next), SETTLING_MS);
});

/** The target under which a filter's items are looked for. */
const restingFor = Object.fromEntries(
  FILTERS.map((filter) => [filter, computed(() => (view.value.filters.includes(filter) ? target.value : atRest.value))]),
) as Record<Filter, ReadonlySignal<Wanted[] | null>>;

/** Of each column whose samples are loaded: the items where the order of the responses moves it. */
const orderSensitive = computed(() => {
  const wanted = restingFor.order.value;
  const known = wanted ? columnPlaces.value.filter((place) => sensitivities.value.has(place)) : [];
  return new Map(known.map((place) => [place, sensitivities.value.get(place)!(wanted!)]));
});

/** The ADMs of the dataset, references aside. */
const contenders = computed(() => {
  const { cells } = dataset.value;
  return cells.flatMap(({ role }, place) => (role === "contender" ? [place] : []));
});

/** How many of these pick under the target, and the items where all of them are wrong; null until all are loaded. */
const ofContenders = computed(() => {
  const wanted = restingFor["every-adm-wrong"].value;
  if (!wanted || contenders.value.some((place) => !predictors.value.has(place))) return null;
  const of = labelsUnder(labelTable.value, wanted, dataset.value.steps);
  const picking = contenders.value.flatMap((place) => asPicks(picksOf(dataset.value, predictors.value.get(place)!, wanted)) ?? []);
  const correct = picking.map(({ picks }) => correctness(of, starts.value, picks));
  const allWrong = of.scored.map((scored, item) => (scored && picking.length && correct.every((one) => !one[item]) ? 1 : 0));
  return { picking: picking.length, allWrong };
});
const everyWrong = computed(() => ofContenders.value?.allWrong ?? null);

export const hasContenders = computed(() => contenders.value.length > 0);
export const nPicking = computed(() => ofContenders.value?.picking ?? contenders.value.length);

export const marked = computed(() => marks(labels.value, lookedAt.value, columns.value, everyWrong.value));

const wantedLevel = computed(() => view.value.atLevel);
const wantedText = computed(() => view.value.text);
const levelMarks = computed(() => (wantedLevel.value ? [atLevel(dataset.value, wantedLevel.value)] : []));

/** The items that are shown but for the filters, by which these are counted. */
const candidates = computed(() => found(levelMarks.value, texts.value, wantedText.value));

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

/** Load the study, and check that this page can read it. */
export async function openStudy(): Promise<Study> {
  const loaded = await load<Study>("study");
  if (loaded.format !== FORMAT) throw new Error(`the data has format ${loaded.format}, this page reads ${FORMAT}; write both again`);
  study.value = { ...loaded, name: isolated(loaded.name), note: isolated(loaded.note) };
  return loaded;
}

/** Load a dataset; its labels become parts of sentences, which no label may turn. */
export async function openDataset(name: string): Promise<Dataset> {
  const loaded = await load<Dataset>(`${name}/dataset`);
  const cells = loaded.cells.map((cell) => ({
    ...cell,
    adm_label: isolated(cell.adm_label),
    experiment_label: isolated(cell.experiment_label),
  }));
  return { ...loaded, label: isolated(loaded.label), cells };
}

/** Load cells that are not there yet. */
export async function loadCells(places: readonly number[]): Promise<void> {
  await loadInto(predictors, places, (name, place) => load<CellData>(`${name}/cells/${place}`), predictor);
}

/** Load what the filter of order-sensitive items needs. */
export async function loadSensitivities(): Promise<void> {
  const read = (name: string, place: number) => loadOnce<Samples>(`${name}/samples/${place}`);
  await loadInto(sensitivities, columnPlaces.value, read, orderSensitivity);
}

/** Add what is made of the files of cells that are not there yet; one that cannot be read keeps no other back. */
async function loadInto<Data, Made>(
  into: Signal<ReadonlyMap<number, Made>>,
  places: readonly number[],
  read: (dataset: string, place: number) => Promise<Data>,
  make: (dataset: Dataset, cell: Cell, data: Data) => Made,
): Promise<void> {
  const of = dataset.value;
  const missing = places.filter((place) => !into.value.has(place));
  const results = await Promise.allSettled(missing.map((place) => read(of.name, place)));
  if (opened.value !== of || !missing.length) return;
  const added = results.flatMap((result, index): [number, Made][] => {
    const place = missing[index]!;
    return result.status === "fulfilled" ? [[place, make(of, of.cells[place]!, result.value)]] : [];
  });
  into.value = new Map([...into.value, ...added]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

export function forget(): void {
  predictors.value = new Map();
  sensitivities.value = new Map();
}
