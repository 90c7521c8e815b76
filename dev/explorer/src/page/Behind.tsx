/** What lies behind the picks of a column: each sample's scores, the orders shown, reasonings, and the messages sent. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Answers, Samples } from "../pure/format";
import { answersOf, type Answer } from "../pure/answers";
import { rounded } from "../pure/scale";
import { counted, isolated, letter } from "../pure/words";
import { loadOnce } from "./load";
import { MessagesOf } from "./MessagesOf";
import { columns, dataset, target, type Column } from "./state";
import { Text } from "./Text";

export function Behind({ item }: { item: number }) {
  const chosen = useSignal<number | null>(null);
  const column = columns.value.find(({ place }) => place === chosen.value);
  return (
    <section class="behind" aria-labelledby="behind-title">
      <h3 id="behind-title">Samples, reasonings and messages</h3>
      <div class="tabs" role="group" aria-label="Of which column">
        {columns.value.map(({ place, cell }) => (
          <button key={place} type="button" aria-pressed={chosen.value === place} onClick={() => (chosen.value = chosen.value === place ? null : place)}>
            {cell.adm_label} <small>{cell.experiment_label}</small>
          </button>
        ))}
      </div>
      {column && <AnswersOf key={`${column.place} ${item}`} column={column} item={item} />}
    </section>
  );
}

function AnswersOf({ column: { cell, place }, item }: { column: Column; item: number }) {
  const { name, items_per_part, attributes, targets } = dataset.value;
  const part = Math.floor(item / items_per_part);
  const loaded = useSignal<{ answers: Answers; samples: Samples } | null>(null);
  const failed = useSignal("");
  useEffect(() => {
    Promise.all([loadOnce<Answers>(`${name}/answers/${place}/${part}`), loadOnce<Samples>(`${name}/samples/${place}`)]).then(
      ([answers, samples]) => (loaded.value = { answers, samples }),
      (error: Error) => (failed.value = error.message),
    );
  }, []);
  if (failed.value) return <p class="reason" role="alert">{failed.value}</p>;
  if (!loaded.value) return <p class="note" role="status">loading ..</p>;
  const all = answersOf(dataset.value, cell, loaded.value.answers, loaded.value.samples, item);
  const wanted = new Set(target.value.map(([attribute]) => attribute));
  const shown = all.filter((answer) => isOfTarget(answer));
  function isOfTarget(answer: Answer): boolean {
    return answer.target === null || targets[answer.target]?.levels === target.value;
  }
  if (!shown.length) return <p class="note">{all.length ? "Nothing was asked for this target." : "Nothing was asked."}</p>;
  const groups = [...new Set(shown.map(({ attribute }) => attribute))];
  groups.sort((one, other) => Number(wanted.has(other ?? -1)) - Number(wanted.has(one ?? -1)));
  return (
    <div class="answers">
      {cell.reasonings === "first" && (
        <p class="note">
          This ADM wrote very much. Of each level, or of the response picked, the reasoning of the first sample that has one is shown; predictions.parquet has all.
        </p>
      )}
      {groups.map((attribute, at) => {
        const own = shown.filter((answer) => answer.attribute === attribute);
        return (
          <details key={attribute} open={at === 0}>
            <summary>
              {attribute === null ? "picks" : isolated(attributes[attribute]!.name)} <small>{counted(own.length, "answer")}</small>
            </summary>
            {own.map((answer) => <AnswerView key={answer.index} answer={answer} place={place} item={item} hasMessages={cell.messages} />)}
          </details>
        );
      })}
    </div>
  );
}

function AnswerView({ answer, place, item, hasMessages }: { answer: Answer; place: number; item: number; hasMessages: boolean }) {
  const isOpen = useSignal(false);
  return (
    <div class="answer">
      <p class="facts">
        <span>sample {answer.sample}</span>
        {answer.isOrdered && answer.responses.length > 1 && <span>shown {answer.responses.map(letter).join(" ")}</span>}
        {answer.scores.map(({ response, score }) => (
          <span key={response}><b>{letter(response)}</b> {answer.attribute === null ? "picked" : rounded(score, dataset.value)}</span>
        ))}
        {hasMessages && (
          <button type="button" class="quiet" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>Messages sent</button>
        )}
      </p>
      {answer.reasonings.map(({ response, text }) => (
        <div key={response} class="reasoning"><b>{letter(response)}</b><div><Text text={text} /></div></div>
      ))}
      {isOpen.value && <MessagesOf place={place} item={item} answer={answer} />}
    </div>
  );
}
