/** The answers about one item, with their scores, and the messages that they answer. */

import type { Answers, Cell, Dataset, Messages, Samples } from "./format";
import { fromLetters, NO_PICK } from "./steering";

export interface Answer {
  /** Its place among the answers of the item. */
  index: number;
  target: number | null;
  attribute: number | null;
  sample: number;
  /** The responses that it is about, in the order shown where this is known. */
  responses: number[];
  isOrdered: boolean;
  /** By response; of a pick, the response that was picked. */
  scores: { response: number; score: number | null }[];
  reasonings: { response: number; text: string }[];
}

export function answersOf(dataset: Dataset, cell: Cell, answers: Answers, samples: Samples, item: number): Answer[] {
  const own = answers.items[item % dataset.items_per_part];
  if (!own) return [];
  return own.sample.map((sample, index) => {
    const [target, attribute] = [own.target?.[index] ?? null, own.attribute?.[index] ?? null];
    const responses = answers.responses[own.responses[index]!]!;
    const reasonings = own.reasonings[index]!.flatMap((text, at) =>
      text < 0 ? [] : [{ response: responses[at]!, text: answers.texts[text]! }],
    );
    const place = attribute === null ? -1 : cell.attributes.indexOf(attribute);
    const scores = cell.decides === "levels" ? levelsOf(samples, sample, item, place, responses) : voteOf(cell, samples, target, sample, item);
    return { index, target, attribute, sample, responses, isOrdered: isOrdered(cell, samples, target, sample, item, place), scores, reasonings };
  });
}

function levelsOf(samples: Samples, sample: number, item: number, place: number, responses: readonly number[]): Answer["scores"] {
  const levels = samples.scores?.[sample]?.[item];
  return [...responses].sort((one, other) => one - other).map((response) => ({ response, score: levels?.[response]?.[place] ?? null }));
}

function voteOf(cell: Cell, samples: Samples, target: number | null, sample: number, item: number): Answer["scores"] {
  const votes = cell.decides === "targets" ? (samples.votes as (string[] | null)[] | null)?.[target ?? -1] : (samples.votes as string[] | null);
  const pick = fromLetters(votes?.[sample]?.[item] ?? "-").picks[0] ?? NO_PICK;
  return pick === NO_PICK ? [] : [{ response: pick, score: null }];
}

/** Whether the order in which the responses were shown is known. */
function isOrdered(cell: Cell, samples: Samples, target: number | null, sample: number, item: number, place: number): boolean {
  const shown = samples.shown as unknown[] | null;
  const ofSample = cell.decides === "targets" ? (shown?.[target ?? -1] as unknown[] | null | undefined)?.[sample] : shown?.[sample];
  const ofItem = (ofSample as unknown[] | null | undefined)?.[item];
  const order = Array.isArray(ofItem) ? (ofItem[place] as number | undefined) : (ofItem as number | null | undefined);
  return (order ?? -1) >= 0;
}

export interface Sent {
  turns: { role: string; text: string }[];
  /** So many turns are the opening: the system text and few-shot examples. */
  nOpening: number;
  /** Items of the train split. */
  examples: number[];
}

/** The messages of an answer, `item` counted from the part's first; null where they are not known. */
export function messagesOf(messages: Messages, cell: number, item: number, answer: number): Sent | null {
  const own = messages.lists[messages.cells[cell] ?? -1]?.[item];
  const [opening, last] = [own?.[2 * answer] ?? -1, own?.[2 * answer + 1] ?? -1];
  if (opening < 0 || last < 0) return null;
  const places = [...messages.openings[opening]!, last];
  const turns = places.map((place) => {
    const [role, texts] = messages.turns[place]!;
    return { role, text: texts.map((text) => messages.texts[text]!).join("") };
  });
  return { turns, nOpening: places.length - 1, examples: messages.examples[opening] ?? [] };
}
