/** What the page shows, and the link that says it. Names rather than places, so that a link holds on another copy. */

import type { Cell, Dataset, Wanted } from "./format";
import { LARGEST_WEIGHT, ordered, SMALLEST_WEIGHT } from "./target";

export const FILTERS = ["wrong", "all-wrong", "every-adm-wrong", "differ", "flipped", "tied", "tie-break", "order"] as const;
export type Filter = (typeof FILTERS)[number];

export const SORTS = ["item", "margin", "disagreement"] as const;
export type Sort = (typeof SORTS)[number];

/** Items that have a response labelled with this level of an attribute. */
export interface AtLevel {
  attribute: number;
  level: number;
}

/** What a link may say. */
const KEYS = ["dataset", "columns", "target", "against", "before", "show", "in", "level", "text", "sort", "item"] as const;
type Key = (typeof KEYS)[number];

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
const DEFAULT_COLUMNS = 4;

/** A link as this copy reads it. */
export interface Read {
  view: View;
  /** What of it was left out, as this copy does not have it or cannot read it. */
  leftOut: string[];
}

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
  const parts: [Key, string | null][] = [
    ["dataset", view.dataset],
    ["columns", view.columns?.map(nameOf).join(",") ?? null],
    ["target", targetText(view.target, dataset)],
    [view.pinned ? "against" : "before", view.before && targetText(view.before, dataset)],
    ["show", view.filters.join(",") || null],
    ["in", view.only === null ? null : nameOf(view.only)],
    ["level", view.atLevel && `${attributeText(view.atLevel.attribute, dataset)}:${view.atLevel.level}`],
    ["text", view.text || null],
    ["sort", view.sort === "item" ? null : view.sort],
    ["item", view.item === null ? null : String(view.item)],
  ];
  const given = parts.filter((part): part is [Key, string] => part[1] !== null);
  // Signs that are safe behind "#" are easier to read as they are.
  return new URLSearchParams(given).toString().replace(/%(2F|2C|3A)/g, (code) => decodeURIComponent(code));
}

/** The dataset that a link is about; null if it names none. */
export function datasetOf(link: string): string | null {
  return new URLSearchParams(link).get("dataset");
}

/** A view from a link; what this copy does not have, or cannot read, is left as the page opens. */
export function viewOf(link: string, dataset: Dataset): Read {
  const given = new URLSearchParams(link);
  const view = opening(dataset);
  const leftOut = [...given].filter(([key]) => !KEYS.includes(key as Key)).map(([key, text]) => `${key}=${text}`);
  /** What a key says; null where it is not given, or says nothing that is here, and then it is left out. */
  function read<T>(key: Key, of: (text: string) => T | null): T | null {
    const text = given.get(key);
    const found = text === null ? null : of(text);
    if (text !== null && found === null) leftOut.push(`${key} ${text}`);
    return found;
  }
  /** Those of a list that are here. */
  function each<T>(key: Key, of: (text: string) => T | null): T[] {
    const known = new Set<T>();
    for (const text of list(given.get(key))) {
      const found = of(text);
      if (found === null) leftOut.push(`${key} ${text}`);
      else known.add(found);
    }
    return [...known];
  }
  const known = each("columns", (name) => cellOf(name, dataset));
  if (known.length > MOST_COLUMNS) leftOut.push(`columns beyond ${MOST_COLUMNS}`);
  const columns = known.length || given.get("columns") === "" ? known.slice(0, MOST_COLUMNS) : null;
  const shown = columns ?? firstColumns(dataset);
  const filters = each("show", (name) => FILTERS.find((filter) => filter === name) ?? null);
  const against = read("against", (text) => targetOf(text, dataset));
  return {
    view: {
      ...view,
      columns,
      target: read("target", (text) => targetOf(text, dataset)) ?? view.target,
      before: against ?? read("before", (text) => targetOf(text, dataset)),
      pinned: against !== null,
      filters: FILTERS.filter((filter) => filters.includes(filter)),
      only: read("in", (name) => shown.find((place) => place === cellOf(name, dataset)) ?? null),
      atLevel: read("level", (text) => atLevelOf(text, dataset)),
      text: given.get("text") ?? "",
      sort: read("sort", (text) => SORTS.find((sort) => sort === text) ?? null) ?? view.sort,
      item: read("item", (text) => (/^\d+$/.test(text) && Number(text) < dataset.items.length ? Number(text) : null)),
    },
    leftOut: [...new Set(leftOut)],
  };
}

/** The page's own choice of columns: the first ADMs, before others those that follow any target; references where there are few. */
export function firstColumns({ cells }: Dataset): number[] {
  const rank = ({ role, decides }: Cell) => (role !== "contender" ? 2 : decides === "levels" ? 0 : 1);
  const places = cells.map((_, place) => place);
  const inOrder = places.sort((one, other) => rank(cells[one]!) - rank(cells[other]!) || one - other);
  return inOrder.slice(0, DEFAULT_COLUMNS).sort((one, other) => one - other);
}

function list(text: string | null): string[] {
  return text ? text.split(",") : [];
}

function cellOf(name: string, dataset: Dataset): number | null {
  const place = dataset.cells.findIndex(({ experiment, adm }) => `${experiment}/${adm}` === name);
  return place < 0 ? null : place;
}

/** The name of a stored target, else attribute:level or attribute:level:weight of each attribute. */
function targetText(target: readonly Wanted[], dataset: Dataset): string {
  const stored = dataset.targets.find(({ levels }) => levels === target);
  if (stored) return stored.name;
  return target
    .map(([place, level, weight]) => [attributeText(place, dataset), level, ...(weight === 1 ? [] : [weight])].join(":"))
    .join(",");
}

function targetOf(text: string, dataset: Dataset): Wanted[] | null {
  const stored = dataset.targets.find(({ name }) => name === text);
  if (stored) return stored.levels;
  const wanted = list(text).map((part): Wanted => {
    const [name, level, weight = "1"] = part.split(":");
    return [attributeOf(name, dataset), numberOf(level), numberOf(weight)];
  });
  const isFit = wanted.every(
    ([place, level, weight]) => place >= 0 && level >= 0 && level <= 1 && weight >= SMALLEST_WEIGHT && weight <= LARGEST_WEIGHT,
  );
  const isOnce = new Set(wanted.map(([place]) => place)).size === wanted.length;
  return wanted.length && isFit && isOnce ? ordered(wanted, dataset.targets) : null;
}

function atLevelOf(text: string, dataset: Dataset): AtLevel | null {
  const [name, level] = text.split(":");
  const attribute = attributeOf(name, dataset);
  return attribute >= 0 && dataset.scale.includes(numberOf(level)) ? { attribute, level: numberOf(level) } : null;
}

/** A number as a link writes it; NaN for any other text, of which Number would take some for 0. */
function numberOf(text = ""): number {
  return /^\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

/** The name of an attribute, in which the signs that part a target are escaped. */
function attributeText(place: number, dataset: Dataset): string {
  return dataset.attributes[place]!.name.replace(/[%:,]/g, encodeURIComponent);
}

function attributeOf(text: string | undefined, dataset: Dataset): number {
  return dataset.attributes.findIndex((_, place) => attributeText(place, dataset) === text);
}
