/** The items that the filters leave, one row each; only the rows in sight are in the document. */

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useEffect, useReducer, useState } from "preact/hooks";
import { disagreement, smallestMargin } from "../pure/find";
import { cut, decimals } from "../pure/words";
import { itemLink } from "./navigate";
import { cursor } from "./keys";
import { PickMark } from "./Pick";
import { isPrinting } from "./printing";
import { columns, dataset, items, lookedAt, starts, view } from "./state";

const ROW_HEIGHT = 44;
/** So much of a prompt is in a row; the rest would not be seen. */
const LONGEST = 240;

export function Rows() {
  const rows = items.value;
  const virtual = useVirtual(rows.length);
  useEffect(() => {
    if (cursor.value < 0) return;
    virtual.scrollToIndex(cursor.value);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${cursor.value}"] a`)?.focus({ preventScroll: true }));
  }, [cursor.value]);
  if (!rows.length)
    return (
      <div role="rowgroup">
        <div role="row">
          <div role="cell" class="nothing">No item is left by these filters.</div>
        </div>
      </div>
    );
  const every = isPrinting.value;
  const inSight = every ? rows.map((_, index) => ({ index, start: 0 })) : virtual.getVirtualItems();
  return (
    <div class="rows" role="rowgroup" style={every ? {} : { height: `${virtual.getTotalSize()}px` }}>
      {inSight.map(({ index, start }) => (
        <Row key={rows[index]} item={rows[index]!} index={index} top={every ? null : start} />
      ))}
    </div>
  );
}

function Row({ item, index, top }: { item: number; index: number; top: number | null }) {
  const { prompt } = dataset.value.items[item]!;
  return (
    <div class="grid row" role="row" aria-rowindex={index + 2} data-row={index} style={top === null ? {} : { transform: `translateY(${top}px)` }}>
      <div class="first" role="rowheader">
        <a href={itemLink(item)} onFocus={() => (cursor.value = index)}>
          <span class="number">{item}</span>
          <span class="prompt" dir="auto">{cut(prompt, LONGEST)}</span>
        </a>
        <SortValue item={item} />
      </div>
      {columns.value.map((column) => (
        <div key={column.place} role="cell">
          <PickMark column={column} item={item} />
        </div>
      ))}
    </div>
  );
}

/** What the rows are sorted by. */
function SortValue({ item }: { item: number }) {
  const { sort } = view.value;
  if (sort === "item") return null;
  const value = sort === "margin" ? smallestMargin(lookedAt.value, starts.value, item) : disagreement(columns.value, item);
  return <span class="value" title={sort}>{decimals(value)}</span>;
}

/** Rows of equal height in the page's scrolling part; the library's two hooks are those that its own adapters call. */
function useVirtual(count: number): Virtualizer<HTMLElement, HTMLElement> {
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0);
  const options = {
    count,
    getScrollElement: () => document.getElementById("board"),
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    initialRect: { width: 0, height: innerHeight },
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    scrollPaddingStart: 200,
    scrollPaddingEnd: 60,
    onChange: () => redraw(),
  };
  const [virtual] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  virtual.setOptions(options);
  useEffect(() => virtual._didMount(), []);
  useEffect(() => virtual._willUpdate());
  return virtual;
}
