/** Changes of the view, and the link that follows them. */

import { batch } from "@preact/signals";
import type { Wanted } from "../pure/format";
import { datasetOf, linkOf, MOST_COLUMNS, viewOf, type Filter, type View } from "../pure/link";
import { ordered, sameTarget } from "../pure/target";
import { columnPlaces, dataset, forget, items, leftOut, loadCells, loadSensitivities, openDataset, opened, openStudy, problem, shown, study, target, view } from "./state";

/** Show something else; a step to which the browser's back button returns, unless `isStep` is false. */
export function show(change: Partial<View>, isStep = true): void {
  leftOut.value = [];
  shown.value = { ...view.value, ...change };
  keepLink(isStep);
  void bring();
}

function keepLink(isStep: boolean): void {
  const link = `#${linkOf(view.value, dataset.value)}`;
  if (link === location.hash) return;
  if (isStep) history.pushState(null, "", link);
  else history.replaceState(null, "", link);
}

/** The link to an item, everything else as it is. */
export function itemLink(item: number): string {
  return `#${linkOf({ ...view.value, item }, dataset.value)}`;
}

/** The target at which the hand was last taken off the sliders. */
let resting: Wanted[] | null = null;

/** Move the target; while a slider is being dragged, the position before is that where the drag began. */
export function steer(wanted: readonly Wanted[], isDragged = false): void {
  const next = ordered(wanted, dataset.value.targets);
  const from = resting ?? target.value;
  resting = isDragged ? from : null;
  const isMoved = !sameTarget(from, next);
  const change: Partial<View> = { target: next, ...(view.value.pinned || !isMoved ? {} : { before: from }) };
  if (isDragged) shown.value = { ...view.value, ...change };
  else show(change);
}

export function toggle(filter: Filter): void {
  const { filters } = view.value;
  show({ filters: filters.includes(filter) ? filters.filter((other) => other !== filter) : [...filters, filter] });
}

/** Put a cell beside the columns, or take it away. */
export function toggleColumn(place: number): void {
  const places = columnPlaces.value;
  const next = places.includes(place) ? places.filter((other) => other !== place) : [...places, place];
  if (next.length > MOST_COLUMNS) return;
  show({ columns: next, only: view.value.only !== null && next.includes(view.value.only) ? view.value.only : null });
}

/** Move a column by one place to the left (-1) or to the right (1). */
export function moveColumn(place: number, by: -1 | 1): void {
  const places = [...columnPlaces.value];
  const from = places.indexOf(place);
  const other = places[from + by];
  if (other === undefined) return;
  places[from + by] = place;
  places[from] = other;
  show({ columns: places });
}

/** Open the item that comes before or after the open one. */
export function step(by: -1 | 1): void {
  const at = items.value.indexOf(view.value.item ?? -1);
  const next = items.value[at < 0 ? 0 : at + by];
  if (next !== undefined) show({ item: next }, false);
}

/**
 * Show what the page's link says, and the first dataset where it says nothing; of a link about a dataset that is not
 * here, nothing else is followed.
 */
export async function follow(): Promise<void> {
  try {
    const { datasets } = study.value ?? (await openStudy());
    const link = location.hash.slice(1);
    const named = datasetOf(link);
    const found = datasets.find((one) => one.name === named);
    const name = (found ?? datasets[0])?.name;
    if (name === undefined) throw new Error("the study has no decisions to show");
    const of = opened.value?.name === name ? opened.value : await openDataset(name);
    if (link !== location.hash.slice(1)) return; // another link is followed by now
    const isElsewhere = named !== null && !found;
    const read = viewOf(isElsewhere ? "" : link, of);
    batch(() => {
      if (opened.value !== of) forget();
      problem.value = "";
      opened.value = of;
      shown.value = read.view;
      leftOut.value = isElsewhere ? [`dataset ${named}`] : read.leftOut;
    });
    resting = null;
    await bring();
  } catch (error) {
    problem.value = said(error);
  }
}

/** Load what the view needs. */
async function bring(): Promise<void> {
  try {
    await loadCells(columnPlaces.value);
    if (view.value.filters.includes("order")) await loadSensitivities();
    whenIdle(() => void bringRest());
  } catch (error) {
    problem.value = said(error);
  }
}

/** What the counts beside filters need: the cells that are no columns, and single samples. */
async function bringRest(): Promise<void> {
  try {
    await loadCells(dataset.value.cells.map((_, place) => place));
    await loadSensitivities();
  } catch (error) {
    problem.value = said(error);
  }
}

function whenIdle(then: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(then, { timeout: 2000 });
  else setTimeout(then, 200);
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
