/** What the page shows, and the link that says it. Names rather than places, so that a link holds on another copy. */

import type { Dataset, Wanted } from "./format";
import { ordered } from "./target";

export const FILTERS = ["wrong", "all-wrong", "every-adm-wrong", "differ", "flipped", "tied", "tie-break", "order"] as const;
export type Filter = (typeof FILTERS)[number];

export const SORTS = ["item", "margin", "disagreement"] as const;
export type Sort = (typeof SORTS)[number];

/** Items that have a response labelled with this level of an attribute. */
export interface AtLevel {
  attribute: number;
  level: number;
}

export interface View {
  dataset: string;
  /** Places in the dataset's list of cells, in the order of the columns; null for the page's own choice. */
  columns: number[] | null;
  target: Wanted[];
  /** What flips are counted against: the position before the last change, or a target that was chosen. */
  before: Wanted[] | null;
  pinned: boolean;
  filters: Filter[];
  /** A column, by its cell, that filters and sorting look at; null for all. */
  only: number | null;
  atLevel: AtLevel | null;
  text: string;
  sort: Sort;
  item: number | null;
}

export const MOST_COLUMNS = 6;

/** The page as it opens. */
export function opening(dataset: Dataset): View {
  return {
    dataset: dataset.name,
    columns: null,
    target: dataset.targets[0]?.levels ?? [[0, 1, 1]],
    before: null,
    pinned: false,
    filters: [],
    only: null,
    atLevel: null,
    text: "",
    sort: "item",
    item: null,
  };
}

/** A view as the part of a link behind "#". */
export function linkOf(view: View, dataset: Dataset): string {
  const nameOf = (place: number) => `${dataset.cells[place]!.experiment}/${dataset.cells[place]!.adm}`;
  const parts: [string, string | null][] = [
    ["dataset", view.dataset],
    ["columns", view.columns?.map(nameOf).join(",") ?? null],
    ["target", targetText(view.target, dataset)],
    [view.pinned ? "against" : "before", view.before && targetText(view.before, dataset)],
    ["show", view.filters.join(",") || null],
    ["in", view.only === null ? null : nameOf(view.only)],
    ["level", view.atLevel && `${dataset.attributes[view.atLevel.attribute]!.name}:${view.atLevel.level}`],
    ["text", view.text || null],
    ["sort", view.sort === "item" ? null : view.sort],
    ["item", view.item === null ? null : String(view.item)],
  ];
  const given = parts.filter((part): part is [string, string] => part[1] !== null);
  // Signs that are safe behind "#" are easier to read as they are.
  return new URLSearchParams(given).toString().replace(/%(2F|2C|3A)/g, (code) => decodeURIComponent(code));
}

/** The dataset that a link is about; null if it names none. */
export function datasetOf(link: string): string | null {
  return new URLSearchParams(link).get("dataset");
}

/** A view from a link; what this copy does not have, or cannot read, is left as the page opens. */
export function viewOf(link: string, dataset: Dataset): View {
  const given = new URLSearchParams(link);
  const view = opening(dataset);
  const columns = list(given.get("columns")).map((name) => cellOf(name, dataset));
  const known = [...new Set(columns.filter((place) => place >= 0))].slice(0, MOST_COLUMNS);
  const only = cellOf(given.get("in") ?? "", dataset);
  const item = Number(given.get("item") ?? NaN);
  return {
    ...view,
    columns: given.has("columns") ? known : null,
    target: targetOf(given.get("target"), dataset) ?? view.target,
    before: targetOf(given.get("against") ?? given.get("before"), dataset),
    pinned: given.has("against"),
    filters: FILTERS.filter((filter) => list(given.get("show")).includes(filter)),
    only: only >= 0 ? only : null,
    atLevel: atLevelOf(given.get("level"), dataset),
    text: given.get("text") ?? "",
    sort: SORTS.find((sort) => sort === given.get("sort")) ?? "item",
    item: Number.isInteger(item) && item >= 0 && item < dataset.items.length ? item : null,
  };
}

function list(text: string | null): string[] {
  return text ? text.split(",") : [];
}

function cellOf(name: string, dataset: Dataset): number {
  return dataset.cells.findIndex(({ experiment, adm }) => `${experiment}/${adm}` === name);
}

/** The name of a stored target, else attribute:level or attribute:level:weight of each attribute. */
function targetText(target: readonly Wanted[], dataset: Dataset): string {
  const stored = dataset.targets.find(({ levels }) => levels === target);
  if (stored) return stored.name;
  return target
    .map(([place, level, weight]) => [dataset.attributes[place]!.name, level, ...(weight === 1 ? [] : [weight])].join(":"))
    .join(",");
}

function targetOf(text: string | null, dataset: Dataset): Wanted[] | null {
  if (text === null) return null;
  const stored = dataset.targets.find(({ name }) => name === text);
  if (stored) return stored.levels;
  const wanted = list(text).map((part): Wanted => {
    const [name, level, weight] = part.split(":");
    return [attributeOf(name, dataset), Number(level ?? NaN), Number(weight ?? 1)];
  });
  const isFit = wanted.every(([place, level, weight]) => place >= 0 && level >= 0 && level <= 1 && weight > 0 && weight < Infinity);
  const isOnce = new Set(wanted.map(([place]) => place)).size === wanted.length;
  return wanted.length && isFit && isOnce ? ordered(wanted, dataset.targets) : null;
}

function atLevelOf(text: string | null, dataset: Dataset): AtLevel | null {
  const [name, level] = text?.split(":") ?? [];
  const attribute = attributeOf(name, dataset);
  return attribute >= 0 && dataset.scale.includes(Number(level)) ? { attribute, level: Number(level) } : null;
}

function attributeOf(name: string | undefined, dataset: Dataset): number {
  return dataset.attributes.findIndex((attribute) => attribute.name === name);
}
