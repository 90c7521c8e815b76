/** The messages that one answer answers: the system text, few-shot examples, and the question. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Messages } from "../pure/format";
import { messagesOf, type Answer } from "../pure/answers";
import { counted, letter } from "../pure/words";
import { loadOnce } from "./load";
import { dataset } from "./state";
import { Text } from "./Text";

export function MessagesOf({ place, item, answer }: { place: number; item: number; answer: Answer }) {
  const { name, items_per_part } = dataset.value;
  const part = Math.floor(item / items_per_part);
  const loaded = useSignal<Messages | null>(null);
  const failed = useSignal("");
  useEffect(() => {
    loadOnce<Messages>(`${name}/messages/${part}`).then(
      (messages) => (loaded.value = messages),
      (error: Error) => (failed.value = error.message),
    );
  }, []);
  if (failed.value) return <p class="reason" role="alert">{failed.value}</p>;
  if (!loaded.value) return <p class="note" role="status">loading ..</p>;
  const sent = messagesOf(loaded.value, place, item % items_per_part, answer.index);
  if (!sent) return <p class="note">The messages of this answer are not known.</p>;
  return (
    <div class="messages">
      {sent.examples.length > 0 && (
        <p class="note">
          {counted(sent.examples.length, "few-shot example")}: train {sent.examples.length === 1 ? "item" : "items"} {sent.examples.join(", ")}. Where a model's context is too short for all, the least similar are left out.
        </p>
      )}
      {isReordered(answer) && (
        <p class="note">
          Letters in these messages go by the order shown: {answer.responses.map((response, at) => `${letter(at)} is response ${letter(response)}`).join(", ")}.
        </p>
      )}
      {sent.turns.map(({ role, text }, index) => (
        <div key={index} class={`turn ${role}`}>
          <h4>{role}{index === sent.turns.length - 1 ? "" : index < sent.nOpening && role !== "system" ? ", example" : ""}</h4>
          <Text text={text} />
        </div>
      ))}
    </div>
  );
}

/** Whether the letters of the responses are others in the messages than on the page. */
function isReordered({ isOrdered, responses }: Answer): boolean {
  return isOrdered && responses.some((response, at) => response !== at);
}
