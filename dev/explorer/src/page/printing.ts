/** On paper all rows are there, not only those that the window shows. */

import { signal } from "@preact/signals";

export const isPrinting = signal(false);

export function printWhole(draw: () => void): void {
  for (const [event, value] of [["beforeprint", true], ["afterprint", false]] as const)
    window.addEventListener(event, () => {
      isPrinting.value = value;
      draw();
    });
}
