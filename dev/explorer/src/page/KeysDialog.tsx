/** What the keys do, and what the marks of a pick say. */

import { Dialog } from "./Dialog";

const KEYS: [keys: string[], does: string][] = [
  [["j", "↓"], "next item"],
  [["k", "↑"], "previous item"],
  [["Enter"], "open the item"],
  [["Escape"], "back to the list"],
  [["/"], "search the texts"],
  [["?"], "keys and marks"],
  [["←", "→"], "on a slider: move it by a level"],
  [["Tab"], "to the next button: ‹ and › under a column's name move it"],
];

const MARKS: [mark: string, says: string][] = [
  ["✓", "right: none is nearer to the target by label"],
  ["✕", "wrong"],
  ["=", "not scored: all responses are equally near by label"],
  ["*", "several are equally near by predicted levels, and the first is picked"],
  ["A→", "flipped: the pick before"],
];

export function KeysDialog() {
  return (
    <Dialog id="keys" title="Keys and marks">
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
        {MARKS.map(([mark, says]) => (
          <div key={mark}>
            <dt>{mark}</dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
