/** The keys of the page. */

import { signal } from "@preact/signals";
import { show, step } from "./navigate";
import { openDialog } from "./Dialog";
import { items, shown, view } from "./state";

/** The row that the keys are at: a place among the items shown; -1 before the first key. */
export const cursor = signal(-1);

export function listen(): void {
  document.addEventListener("keydown", (event) => {
    if (!shown.value || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const field = event.target instanceof Element ? event.target.closest("input, select, textarea") : null;
    if (event.key === "Escape" && field instanceof HTMLElement) return field.blur();
    if (field) return;
    const act = actions()[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function actions(): Record<string, () => void> {
  const [next, previous] = [() => move(1), () => move(-1)];
  return {
    j: next,
    k: previous,
    ArrowDown: next,
    ArrowUp: previous,
    "/": () => document.getElementById("search")?.focus(),
    "?": () => openDialog("keys"),
    ...(view.value.item === null ? {} : { Escape: leaveItem, ArrowRight: next, ArrowLeft: previous }),
  };
}

function move(by: 1 | -1): void {
  if (view.value.item !== null) return step(by);
  cursor.value = Math.min(Math.max(cursor.value + by, 0), items.value.length - 1);
}

/** Back to the list, at the row of the item. */
export function leaveItem(): void {
  cursor.value = items.value.indexOf(view.value.item!);
  show({ item: null });
}
