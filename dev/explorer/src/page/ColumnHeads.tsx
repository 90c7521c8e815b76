/** The head of each column: which cell it is, its accuracy with its interval, and what flipped. */

import { useEffect, useRef } from "preact/hooks";
import { MOST_COLUMNS } from "../pure/link";
import { titleOf } from "../pure/target";
import { counted, percent } from "../pure/words";
import { openDialog } from "./Dialog";
import { moveColumn, show, toggleColumn } from "./navigate";
import { chanceAccuracy, columns, dataset, items, labels, target, view, type Column } from "./state";

export function ColumnHeads({ isTable }: { isTable: boolean }) {
  const { items: all } = dataset.value;
  const tied = labels.value.scored.reduce((count, scored) => count + (scored ? 0 : 1), 0);
  const role = <T,>(name: T) => (isTable ? name : undefined);
  return (
    <div class="heads" role={isTable ? "rowgroup" : undefined}>
      <div class="grid" role={role("row" as const)} aria-rowindex={isTable ? 1 : undefined}>
        <div class="head first" role={role("columnheader" as const)}>
          <p class="eyebrow" title={titleOf(target.value, dataset.value)}>{titleOf(target.value, dataset.value)}</p>
          <p class="shown">
            <strong>{items.value.length.toLocaleString("en")}</strong> of {counted(all.length, "item")}
          </p>
          <p class="eyebrow">{tied ? `${tied.toLocaleString("en")} tied, not scored` : "all scored"}</p>
          {columns.value.length < MOST_COLUMNS && (
            <button type="button" class="add" onClick={() => openDialog("chooser")}>Columns</button>
          )}
          {columns.value.length === MOST_COLUMNS && (
            <button type="button" class="add" onClick={() => openDialog("chooser")}>Columns ({MOST_COLUMNS} at most)</button>
          )}
        </div>
        {columns.value.map((column, place) => (
          <Head key={column.place} column={column} place={place} role={role("columnheader" as const)} />
        ))}
      </div>
    </div>
  );
}

function Head({ column, place, role }: { column: Column; place: number; role: "columnheader" | undefined }) {
  const { cell, score, flips, reason } = column;
  const name = `${cell.adm_label}, ${cell.experiment_label}`;
  return (
    <div class="head" role={role} style={{ "--own": cell.colour }}>
      <h2 title={name}>{cell.adm_label}</h2>
      <p class="experiment" title={cell.model ?? undefined}>{cell.experiment_label}{cell.imported ? " (imported)" : ""}</p>
      {score ? (
        <>
          <p class="accuracy">
            <strong>{percent(score.accuracy)}</strong>
            {score.accuracy !== null && <span>%</span>}
            {score.low !== null && <span class="range">{percent(score.low)}–{percent(score.high)}</span>}
          </p>
          <Interval column={column} />
          {flips && <Flips column={column} flips={flips} />}
        </>
      ) : (
        <p class="reason">{reason === "loading" ? "loading .." : reason}</p>
      )}
      <Moves column={column} place={place} name={name} />
    </div>
  );
}

/** The accuracy and its interval on a scale from 0 to 100, with a tick at the accuracy of a random pick. */
function Interval({ column: { score } }: { column: Column }) {
  if (!score || score.accuracy === null) return null;
  const chance = chanceAccuracy.value;
  return (
    <div class="interval" aria-hidden="true">
      {chance !== null && <i class="chance" style={{ left: `${chance}%` }} title={`a random pick: ${percent(chance)}%`} />}
      {score.low !== null && <i class="bar" style={{ left: `${score.low}%`, width: `${score.high! - score.low}%` }} />}
      <i class="dot" style={{ left: `${score.accuracy}%` }} />
    </div>
  );
}

function Flips({ column: { place }, flips }: { column: Column; flips: NonNullable<Column["flips"]> }) {
  const isOn = view.value.only === place && view.value.filters.includes("flipped");
  const others = view.value.filters.filter((filter) => filter !== "flipped");
  const details = `${flips.toRight} now right, ${flips.toWrong} now wrong`;
  return (
    <button
      type="button"
      class="flips"
      aria-pressed={isOn}
      title={`${details}; show them`}
      onClick={() => show(isOn ? { filters: others, only: null } : { filters: [...others, "flipped"], only: place, item: null })}
    >
      {flips.all} flipped{flips.all > 0 && <small> +{flips.toRight} −{flips.toWrong}</small>}
    </button>
  );
}

/** Buttons that move a column or take it away; the focus stays on the one that was pressed. */
function Moves({ column: { place: cell }, place, name }: { column: Column; place: number; name: string }) {
  const bar = useRef<HTMLDivElement>(null);
  const pressed = useRef<number | null>(null);
  useEffect(() => {
    if (pressed.current === null) return;
    const buttons = [...bar.current!.querySelectorAll("button")];
    (buttons[pressed.current]?.disabled ? buttons.find((one) => !one.disabled) : buttons[pressed.current])?.focus();
    pressed.current = null;
  }, [place]);
  const move = (by: -1 | 1, button: number) => {
    pressed.current = button;
    moveColumn(cell, by);
  };
  return (
    <div class="moves" ref={bar}>
      <button type="button" disabled={place === 0} aria-label={`move ${name} to the left`} title="to the left" onClick={() => move(-1, 0)}>‹</button>
      <button type="button" disabled={place === columns.value.length - 1} aria-label={`move ${name} to the right`} title="to the right" onClick={() => move(1, 1)}>›</button>
      <button type="button" aria-label={`take ${name} away`} title="take away" onClick={() => toggleColumn(cell)}>✕</button>
    </div>
  );
}
