/** One item: prompt, responses, labels and predicted levels on one scale, and what lies behind the picks. */

import { useEffect, useRef } from "preact/hooks";
import type { Wanted } from "../pure/format";
import { itemAsMarkdown } from "../pure/markdown";
import { rounded } from "../pure/scale";
import { isRight } from "../pure/steering";
import { decimals, letter } from "../pure/words";
import { Behind } from "./Behind";
import { CopyButton } from "./Header";
import { leaveItem } from "./keys";
import { step } from "./navigate";
import { PickMark } from "./Pick";
import { columns, dataset, items, labels, predictors, starts, target, view, type Column } from "./state";
import { download } from "./taking";
import { Text } from "./Text";

export function ItemView() {
  const item = view.value.item!;
  const { prompt, responses } = dataset.value.items[item]!;
  const top = useRef<HTMLElement>(null);
  useEffect(() => {
    document.getElementById("board")?.scrollTo(0, 0);
    top.current?.focus({ preventScroll: true });
  }, [item]);
  return (
    <article class="item" aria-labelledby="item-title">
      <ItemBar item={item} />
      <header class="prompt">
        <h2 id="item-title" tabIndex={-1} ref={top as never}>Item {item}</h2>
        <Text text={prompt} kind="prompt" />
      </header>
      <div class="grid picks">
        <span class="first eyebrow">picks</span>
        {columns.value.map((column) => <div key={column.place}><PickMark column={column} item={item} /></div>)}
      </div>
      {responses.map((text, response) => (
        <Response key={`${item} ${response}`} item={item} response={response} text={text} />
      ))}
      <p class="note legend">
        Bars: levels from {dataset.value.shown.range[0]} to {dataset.value.shown.range[1]}, on the left by label, beside them as each column predicts; <i class="tick wanted" /> the wanted level, <i class="tick label" /> the label.
        Attributes outside the target are pale.
      </p>
      <Behind item={item} />
    </article>
  );
}

function ItemBar({ item }: { item: number }) {
  const at = items.value.indexOf(item);
  const markdown = () => itemAsMarkdown(dataset.value, item, target.value, columns.value, labels.value, starts.value, levelOf);
  return (
    <nav class="item-bar" aria-label="Item">
      <button type="button" class="quiet" onClick={leaveItem} title="Escape">← All rows</button>
      <button type="button" class="quiet" onClick={() => step(-1)} disabled={at <= 0} title="k">Previous</button>
      <button type="button" class="quiet" onClick={() => step(1)} disabled={at === items.value.length - 1} title="j">Next</button>
      <span class="eyebrow">{at < 0 ? "not among the rows" : `row ${at + 1} of ${items.value.length}`}</span>
      <span class="space" />
      <CopyButton label="Copy as Markdown" text={markdown} />
      <button type="button" class="quiet" onClick={() => download(`${view.value.dataset}_item_${item}.md`, markdown(), "text/markdown")}>
        Save as Markdown
      </button>
    </nav>
  );
}

function Response({ item, response, text }: { item: number; response: number; text: string }) {
  const { attributes, items: all } = dataset.value;
  const row = starts.value[item]! + response;
  const right = labels.value.scored[item] && isRight(labels.value, starts.value, item, response);
  return (
    <section class={right ? "response right" : "response"} aria-label={`Response ${letter(response)}`}>
      <header>
        <h3>{letter(response)}</h3>
        <div><Text text={text} /></div>
        {right && <span class="nearest" title="nearest to the target by label">✓ nearest by label</span>}
      </header>
      {attributes.map(({ name }, attribute) => {
        const wanted = target.value.find(([place]) => place === attribute);
        const label = all[item]!.labels[response]![attribute]!;
        return (
          <div key={name} class={wanted ? "grid levels" : "grid levels outside"}>
            <div class="first"><span class="name" title={name}>{name}</span><Bar kind="by label" level={label} label={null} wanted={wanted} /></div>
            {columns.value.map((column) => (
              <div key={column.place} style={{ "--own": column.cell.colour }}>
                <Bar kind={column.cell.adm_label} level={levelOf(column, item, response, attribute)} label={label} wanted={wanted} />
              </div>
            ))}
          </div>
        );
      })}
      <div class="grid distances">
        <div class="first"><span class="name">distance to the target</span><b>{decimals(labels.value.distances[row]!)}</b></div>
        {columns.value.map((column) => {
          const isPicked = column.picks?.picks[item] === response;
          const distance = column.picks?.distances?.[row];
          return (
            <div key={column.place} class={isPicked ? "picked" : ""}>
              {distance === undefined ? "" : decimals(distance)}
              {isPicked && <PickMark column={column} item={item} />}
            </div>
          );
        })}
      </div>
    </section>
  );
}

/** A level that a column predicts; null where it predicts none. */
function levelOf({ cell, picks, place }: Column, item: number, response: number, attribute: number): number | null {
  const at = cell.attributes.indexOf(attribute);
  if (at < 0 || !picks) return null;
  return predictors.value.get(place)?.data.levels?.[item]?.[response]?.[at] ?? null;
}

interface BarProps {
  kind: string;
  level: number | null;
  label: number | null;
  wanted: Wanted | undefined;
}

function Bar({ kind, level, label, wanted }: BarProps) {
  if (level === null) return <span class="bar none">–</span>;
  const at = (value: number) => `${100 * Math.min(Math.max(value, 0), 1)}%`;
  const shown = (value: number) => rounded(value, dataset.value);
  const words = [`${kind} ${shown(level)}`, ...(label === null ? [] : [`label ${shown(label)}`]), ...(wanted ? [`wanted ${shown(wanted[1])}`] : [])];
  return (
    <span class={label === null ? "bar of-label" : "bar"} title={words.join(", ")}>
      <span class="track" aria-hidden="true">
        <i class="fill" style={{ width: at(level) }} />
        {label !== null && <i class="tick label" style={{ left: at(label) }} />}
        {wanted && <i class="tick wanted" style={{ left: at(wanted[1]) }} />}
      </span>
      <span class="amount">{shown(level)}</span>
    </span>
  );
}
