/** What the keys do. */

import { Dialog } from "./Dialog";

const KEYS: [keys: string[], does: string][] = [
  [["j", "↓"], "next item"],
  [["k", "↑"], "previous item"],
  [["Enter"], "open the item"],
  [["Escape"], "back to the list"],
  [["/"], "search the texts"],
  [["?"], "these keys"],
  [["←", "→"], "on a slider: move it by a level"],
];

export function KeysDialog() {
  return (
    <Dialog id="keys" title="Keys">
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
