/** Search, filters with their counts, and sorting. */

import { useMemo } from "preact/hooks";
import { FILTERS, SORTS, type Filter, type Sort } from "../pure/link";
import { atLevel } from "../pure/find";
import { written } from "../pure/scale";
import { counted } from "../pure/words";
import { show, toggle } from "./navigate";
import { columns, counts, dataset, hasContenders, nPicking, view } from "./state";

const SORT_WORDS: Record<Sort, string> = {
  item: "item",
  margin: "smallest margin",
  disagreement: "most disagreement",
};

function filterWords(): Record<Filter, [label: string, title: string]> {
  return {
    wrong: ["wrong", "a pick that is not among the responses nearest to the target by label"],
    "all-wrong": ["wrong in all columns", "every column that picks is wrong"],
    "every-adm-wrong": [nPicking.value === 1 ? "the ADM wrong" : `all ${nPicking.value || ""} ADMs wrong`, "every ADM of the dataset that picks is wrong, shown here or not; an unaligned one and references do not count"],
    differ: ["columns differ", "two columns pick different responses"],
    flipped: ["flipped", "the pick is another one than at the target that flips are counted against"],
    tied: ["tied by label", "all responses are equally near to the target by label, so the item is not scored"],
    "tie-break": ["tied by prediction", "several responses are equally near by predicted levels, and the first of them is picked"],
    order: ["order-sensitive", "samples that saw the responses in different orders pick different ones"],
  };
}

export function Finding() {
  const { text, filters, only, sort, atLevel: level } = view.value;
  const words = filterWords();
  const isFiltered = filters.length > 0 || text !== "" || level !== null || only !== null;
  return (
    <section class="finding" aria-labelledby="finding-title">
      <h2 id="finding-title">Find</h2>
      <input
        id="search"
        type="search"
        value={text}
        placeholder="words in the texts"
        aria-label="text in prompts and responses"
        title="Search (/)"
        onInput={(event) => show({ text: event.currentTarget.value }, false)}
      />
      <div class="filters" role="group" aria-label="Filters">
        {FILTERS.map((filter, place) => isUseful(filter) && (
          <button key={filter} type="button" aria-pressed={filters.includes(filter)} title={words[filter][1]} onClick={() => toggle(filter)} data-filter={filter}>
            <span>{words[filter][0]}</span>
            <span class="count">{counts.value[place]?.toLocaleString("en") ?? "?"}</span>
          </button>
        ))}
      </div>
      <label class="field">
        <span>look at</span>
        <select value={only ?? ""} onChange={({ currentTarget: { value } }) => show({ only: value === "" ? null : Number(value) })}>
          <option value="">all columns</option>
          {columns.value.map(({ place, cell }) => (
            <option key={place} value={place}>{`${cell.adm_label}, ${cell.experiment_label}`}</option>
          ))}
        </select>
      </label>
      <LevelField />
      <label class="field">
        <span>sort by</span>
        <select value={sort} onChange={(event) => show({ sort: event.currentTarget.value as Sort })}>
          {SORTS.map((one) => <option key={one} value={one}>{SORT_WORDS[one]}</option>)}
        </select>
      </label>
      {isFiltered && (
        <button type="button" class="quiet wide" onClick={() => show({ text: "", filters: [], atLevel: null, only: null })}>
          Show all {counted(dataset.value.items.length, "item")}
        </button>
      )}
    </section>
  );
}

/** Whether a filter can leave items: where only references were run, there is no ADM that could be wrong. */
function isUseful(filter: Filter): boolean {
  return filter !== "every-adm-wrong" || hasContenders.value || view.value.filters.includes(filter);
}

/** Items with a response labelled with a level of an attribute. */
function LevelField() {
  const { attributes, scale } = dataset.value;
  const level = view.value.atLevel;
  const numbers = useMemo(
    () => level && scale.map((one) => atLevel(dataset.value, { attribute: level.attribute, level: one }).reduce((sum, mark) => sum + mark, 0)),
    [dataset.value, level?.attribute],
  );
  const choose = (attribute: string) =>
    show({ atLevel: attribute === "" ? null : { attribute: Number(attribute), level: level?.level ?? scale[scale.length - 1]! } });
  return (
    <div class="field level">
      <span id="level-label">label</span>
      <select aria-label="attribute of a label" value={level?.attribute ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">any</option>
        {attributes.map(({ name }, place) => <option key={name} value={place}>{name}</option>)}
      </select>
      {level && (
        <select aria-label="level of a label" value={level.level} onChange={(event) => show({ atLevel: { ...level, level: Number(event.currentTarget.value) } })}>
          {scale.map((one, place) => <option key={one} value={one}>{`${written(one, dataset.value)} (${numbers?.[place] ?? 0})`}</option>)}
        </select>
      )}
    </div>
  );
}
