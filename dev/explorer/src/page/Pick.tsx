/** A pick: its letter, and whether it is right, wrong or not scored; told by sign and colour. */

import { isFlipped } from "../pure/find";
import { NO_PICK } from "../pure/steering";
import { letter } from "../pure/words";
import { labels, type Column } from "./state";

export type Verdict = "right" | "wrong" | "tied";

const SIGNS: Record<Verdict, string> = { right: "✓", wrong: "✕", tied: "=" };
export const VERDICT_WORDS: Record<Verdict, string> = { right: "right", wrong: "wrong", tied: "tied by label, not scored" };

export function verdict({ correct }: Column, item: number): Verdict {
  if (!labels.value.scored[item]) return "tied";
  return correct?.[item] ? "right" : "wrong";
}

export function PickMark({ column, item }: { column: Column; item: number }) {
  const pick = column.picks?.picks[item] ?? NO_PICK;
  if (pick === NO_PICK) return <span class="no-pick" title={column.reason || "no pick"}>–</span>;
  const how = verdict(column, item);
  const earlier = isFlipped(column, item) ? column.before!.picks[item]! : NO_PICK;
  const isTieBreak = column.picks!.tied[item] === 1;
  const words = [
    `${letter(pick)}, ${VERDICT_WORDS[how]}`,
    ...(earlier === NO_PICK ? [] : [`before: ${letter(earlier)}`]),
    ...(isTieBreak ? ["several are equally near, the first is picked"] : []),
  ].join("; ");
  return (
    <span class={`pick ${how}`} title={words}>
      {earlier !== NO_PICK && <small>{letter(earlier)}<span aria-hidden="true">→</span></small>}
      <b>{letter(pick)}</b>
      {isTieBreak && <sup aria-hidden="true">*</sup>}
      <i aria-hidden="true">{SIGNS[how]}</i>
      <span class="hidden">{VERDICT_WORDS[how]}</span>
    </span>
  );
}
