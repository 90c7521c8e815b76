/** The whole page. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Header } from "./Header";
import { ColumnHeads } from "./ColumnHeads";
import { ColumnChooser } from "./ColumnChooser";
import { Finding } from "./Finding";
import { ItemView } from "./ItemView";
import { KeysDialog } from "./KeysDialog";
import { Rows } from "./Rows";
import { Steering } from "./Steering";
import { columnPlaces, items, opened, problem, shown, study } from "./state";

export function App() {
  const sheet = useSignal<"target" | "find" | "">("");
  useEffect(() => {
    document.title = study.value?.name ? `${study.value.name} · Steering explorer` : "Steering explorer";
  }, [study.value]);
  if (!opened.value || !shown.value)
    return problem.value ? <p class="opening" role="alert">{problem.value}</p> : <p class="opening" role="status">Opening the study ..</p>;
  const flip = (name: "target" | "find") => (sheet.value = sheet.value === name ? "" : name);
  const isItem = shown.value.item !== null;
  return (
    <div class="page" style={{ "--count": Math.max(columnPlaces.value.length, 1) }} data-sheet={sheet.value}>
      <Header />
      <nav class="sheets" aria-label="Panels">
        <button type="button" aria-expanded={sheet.value === "target"} onClick={() => flip("target")}>Target</button>
        <button type="button" aria-expanded={sheet.value === "find"} onClick={() => flip("find")}>Find</button>
      </nav>
      <aside class="rail" aria-label="Target and filters">
        <Steering />
        <Finding />
      </aside>
      <main class={isItem ? "board with-item" : "board"} id="board" tabIndex={-1} aria-label="Decisions">
        <div class={isItem ? "sheet" : "sheet table"} role={isItem ? undefined : "table"} aria-label={isItem ? undefined : "Decisions by item and column"} aria-rowcount={isItem ? undefined : items.value.length + 1}>
          <ColumnHeads isTable={!isItem} />
          {isItem ? <ItemView /> : <Rows />}
        </div>
      </main>
      <ColumnChooser />
      <KeysDialog />
    </div>
  );
}
