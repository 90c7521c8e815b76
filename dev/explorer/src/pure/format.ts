/** The files of an explorer's data, as `scripts/pluralism/reporting/explorer/` writes them. `null` stands for none. */

export const FORMAT = 1;

/** study.js */
export interface Study {
  format: number;
  name: string;
  note: string;
  datasets: { name: string; label: string }[];
}

export interface Attribute {
  name: string;
  description: string;
  /** One per level of the scale. */
  phrases: string[];
}

export interface Item {
  prompt: string;
  responses: string[];
  /** [response][attribute] */
  labels: number[][];
  /** Items of one prompt have the same number. */
  cluster: number;
}

/** [attribute, wanted level, weight] in the target's order, in which the squares are added. */
export type Wanted = [attribute: number, level: number, weight: number];

export interface StoredTarget {
  name: string;
  set: string;
  words: string;
  levels: Wanted[];
}

export interface CellScore {
  n_scored: number;
  n_tied: number;
  accuracy: number | null;
  alignment_score: number | null;
}

/** "steps": distances are counted in steps, so that equal ones are exactly equal; "levels": as written. */
export type Distance = "steps" | "levels";

/** A dataset, an experiment and an ADM. */
export interface Cell {
  experiment: string;
  experiment_label: string;
  adm: string;
  adm_label: string;
  model: string | null;
  role: "contender" | "unaligned" | "chance" | "ceiling";
  colour: string;
  imported: boolean;
  /** levels: it predicts levels, which serve any target; choice: one pick for all targets; targets: picks for stored ones. */
  decides: "levels" | "choice" | "targets";
  /** Of which it predicts levels. */
  attributes: number[];
  selection: { distance: Distance; ties: "first" };
  aggregate: string;
  first_vote_wins: boolean;
  samples: number;
  reasonings: "all" | "first" | "none";
  messages: boolean;
  scores: (CellScore | null)[];
}

/** {dataset}/dataset.js */
export interface Dataset {
  name: string;
  label: string;
  attributes: Attribute[];
  /** Its levels, ascending. */
  scale: number[];
  /** Evenly spaced levels, in whose steps distances are counted: its own, or more where its own are uneven or any number. */
  steps: number[];
  /** How people read levels: what 0 and 1 are, and each level of `scale`. */
  shown: { range: [lowest: number, highest: number]; levels: number[] };
  items: Item[];
  targets: StoredTarget[];
  /** By degrees of freedom: the quantile of Student's t, and the end of Poisson's interval of a count of one. */
  critical: number[];
  poisson: number[];
  items_per_part: number;
  cells: Cell[];
  scoring: { distance: Distance };
}

/** {dataset}/cells/{k}.js: `levels` [item][response][attribute of the cell], or a letter per item. */
export interface CellData {
  levels?: number[][][];
  picks?: string | (string | null)[];
}

/** {dataset}/samples/{k}.js */
export interface Samples {
  /** Distinct orders: the responses as they were shown. */
  orders: number[][];
  /** [sample][item][response][attribute of the cell] */
  scores?: ((number | null)[][] | null)[][];
  /** Letters per item: [sample], or [target][sample]. */
  votes?: string[] | (string[] | null)[] | null;
  /** An index in `orders` or -1: [sample][item][attribute of the cell], [sample][item], or [target][sample][item]. */
  shown: unknown;
}

export interface ItemAnswers {
  target: number[] | null;
  attribute: number[] | null;
  sample: number[];
  /** An index in `Answers.responses`. */
  responses: number[];
  /** An index in `Answers.texts`, or -1. */
  reasonings: number[][];
}

/** {dataset}/answers/{k}/{part}.js */
export interface Answers {
  texts: string[];
  responses: number[][];
  items: ItemAnswers[];
}

/** {dataset}/messages/{part}.js */
export interface Messages {
  texts: string[];
  turns: [role: string, texts: number[]][];
  openings: number[][];
  examples: number[][];
  lists: number[][][];
  cells: (number | null)[];
}
