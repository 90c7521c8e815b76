/** The study, its datasets, and what can be taken along. */

import { useSignal } from "@preact/signals";
import { rowsAsCsv } from "../pure/csv";
import { openDialog } from "./Dialog";
import { Notices } from "./Notices";
import { copy, download } from "./taking";
import { columns, dataset, items, labels, starts, study, target, view } from "./state";

export function Header() {
  const { name, note, datasets } = study.value!;
  return (
    <header class="top">
      <div class="title">
        <h1>Steering explorer</h1>
        <p>{[name, note].filter(Boolean).join(" · ")}</p>
      </div>
      {datasets.length > 1 && (
        <nav class="tabs" aria-label="Dataset">
          {datasets.map((one) => (
            <a key={one.name} href={`#dataset=${encodeURIComponent(one.name)}`} aria-current={one.name === view.value.dataset ? "page" : undefined}>
              {one.label}
            </a>
          ))}
        </nav>
      )}
      <div class="tools">
        <CopyButton label="Copy link" text={() => location.href} />
        <button type="button" class="quiet" onClick={saveRows} title="The rows that the filters leave, as a table for a spreadsheet">
          Rows as CSV
        </button>
        <button type="button" class="quiet" onClick={() => openDialog("keys")} aria-label="Keys and marks" title="Keys and marks (?)">?</button>
      </div>
      <Notices />
    </header>
  );
}

/** A button that says for a moment that it has copied. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const said = useSignal("");
  const press = async () => {
    said.value = (await copy(text())) ? "Copied" : "Copy by hand";
    setTimeout(() => (said.value = ""), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={press}>
      <span aria-live="polite">{said.value || label}</span>
    </button>
  );
}

function saveRows(): void {
  const text = rowsAsCsv(dataset.value, columns.value, items.value, target.value, labels.value, starts.value);
  download(`${view.value.dataset}_${items.value.length}_items.csv`, text, "text/csv");
}
