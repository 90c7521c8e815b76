/** The browser's own dialog: it keeps the focus, and Escape closes it. */

import type { ComponentChildren } from "preact";

export function Dialog({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <dialog id={id} aria-labelledby={`${id}-title`} onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}>
      <form method="dialog" class="dialog">
        <header>
          <h2 id={`${id}-title`}>{title}</h2>
          <button class="quiet" aria-label="Close" title="Close (Escape)">✕</button>
        </header>
        {children}
      </form>
    </dialog>
  );
}

export function openDialog(id: string): void {
  (document.getElementById(id) as HTMLDialogElement | null)?.showModal();
}
