/** The browser's own dialog: it keeps the focus, and Escape closes it. What is in it is drawn while it is open. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const open = signal("");

export function openDialog(id: string): void {
  open.value = id;
}

export function Dialog({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = open.value === id;
  useLayoutEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  return (
    <dialog
      id={id}
      ref={dialog}
      aria-labelledby={`${id}-title`}
      onClose={() => (open.value = "")}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      {isOpen && (
        <form method="dialog" class="dialog">
          <header>
            <h2 id={`${id}-title`}>{title}</h2>
            <button class="quiet" aria-label="Close" title="Close (Escape)">✕</button>
          </header>
          {children}
        </form>
      )}
    </dialog>
  );
}
