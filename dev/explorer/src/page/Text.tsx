/** Texts of a dataset or a model: always as text, in their own direction, and in part where they are very long. */

import { useSignal } from "@preact/signals";
import { cut } from "../pure/words";

const LONGEST = 4000;

export function Text({ text, kind = "" }: { text: string; kind?: string }) {
  const isWhole = useSignal(false);
  const isCut = text.length > LONGEST && !isWhole.value;
  return (
    <>
      <p class={`text ${kind}`} dir="auto">{text === "" ? <em>(empty)</em> : isCut ? cut(text, LONGEST) : text}</p>
      {isCut && (
        <button type="button" class="quiet" onClick={() => (isWhole.value = true)}>
          Show all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </>
  );
}
