/** The target: stored ones, and a slider for each attribute. */

import { useSignal, type Signal } from "@preact/signals";
import type { Attribute, StoredTarget, Wanted } from "../pure/format";
import { nearestLevel } from "../pure/find";
import { written } from "../pure/scale";
import { LARGEST_WEIGHT, placeOf, SMALLEST_WEIGHT, withLevel } from "../pure/target";
import { show, steer } from "./navigate";
import { dataset, target, view } from "./state";

export function Steering() {
  const { attributes, targets } = dataset.value;
  const hasWeights = useSignal(target.value.some(([, , weight]) => weight !== 1));
  const isFree = useSignal(false);
  const place = placeOf(target.value, targets);
  return (
    <section class="steering" aria-labelledby="steering-title">
      <h2 id="steering-title">Target</h2>
      <label class="field">
        <span class="hidden">Stored target</span>
        <select value={String(place)} onChange={(event) => steer(targets[Number(event.currentTarget.value)]!.levels)}>
          {place < 0 && <option value="-1">custom</option>}
          <TargetOptions targets={targets} />
        </select>
      </label>
      <div class="sliders">
        {attributes.map((attribute, index) => (
          <Slider key={attribute.name} attribute={attribute} index={index} isFree={isFree.value} hasWeight={hasWeights.value} />
        ))}
      </div>
      <div class="switches">
        <Switch label="weights" title="a number per attribute: how much its distance counts" of={hasWeights} />
        <Switch label="between levels" title="let the sliders stop anywhere, not only at the levels of the scale" of={isFree} />
      </div>
      <label class="field">
        <span>flips against</span>
        <select value={view.value.pinned && view.value.before ? String(placeOf(view.value.before, targets)) : "last"} onChange={(event) => compare(event.currentTarget.value)}>
          <option value="last">position before</option>
          {view.value.pinned && view.value.before && placeOf(view.value.before, targets) < 0 && <option value="-1">a custom target</option>}
          <option value="here">this position</option>
          <TargetOptions targets={targets} />
        </select>
      </label>
    </section>
  );
}

function compare(value: string): void {
  if (value === "last") show({ pinned: false });
  else show({ pinned: true, before: value === "here" ? target.value : dataset.value.targets[Number(value)]!.levels });
}

/** Stored targets, by their set. */
function TargetOptions({ targets }: { targets: StoredTarget[] }) {
  const sets = [...new Set(targets.map(({ words }) => words))];
  const options = (words: string) =>
    targets.flatMap((one, place) => (one.words === words ? [<option key={one.name} value={String(place)}>{shortName(one)}</option>] : []));
  return (
    <>
      {sets.map((words) => {
        const own = options(words);
        return own.length > 1 ? <optgroup key={words} label={words}>{own}</optgroup> : own;
      })}
    </>
  );
}

/** A stored target's name without its folder. */
function shortName({ name, words, set }: StoredTarget): string {
  return set === "high" || set === "low" ? words : name.slice(name.lastIndexOf("/") + 1);
}

function Switch({ label, title, of }: { label: string; title: string; of: Signal<boolean> }) {
  return (
    <label title={title}>
      <input type="checkbox" checked={of.value} onChange={(event) => (of.value = event.currentTarget.checked)} />
      {label}
    </label>
  );
}

interface SliderProps {
  attribute: Attribute;
  index: number;
  isFree: boolean;
  hasWeight: boolean;
}

function Slider({ attribute, index, isFree, hasWeight }: SliderProps) {
  const { scale } = dataset.value;
  const wanted = target.value.find(([place]) => place === index);
  const [, level, weight] = wanted ?? ([index, scale[scale.length - 1]!, 1] as Wanted);
  const free = isFree || (wanted !== undefined && !scale.includes(level));
  const shown = written(level, dataset.value);
  const phrase = attribute.phrases[scale.indexOf(nearestLevel(scale, level))] ?? "";
  const levelAt = (value: string) => (free ? Number(value) : scale[Number(value)]!);
  const set = (value: number | null, isDragged = false, weighing = weight) => steer(withLevel(target.value, index, value, weighing), isDragged);
  const isLastOne = wanted !== undefined && target.value.length === 1;
  return (
    <div class={`slider${wanted ? "" : " off"}${hasWeight ? " weighted" : ""}`}>
      <label class="name" title={`${attribute.name}: ${attribute.description}`}>
        <input
          type="checkbox"
          checked={wanted !== undefined}
          disabled={isLastOne}
          onChange={(event) => set(event.currentTarget.checked ? level : null)}
        />
        <span>{attribute.name}</span>
      </label>
      <input
        type="range"
        min={0}
        max={free ? 1 : scale.length - 1}
        step={free ? 0.01 : 1}
        value={free ? level : scale.indexOf(level)}
        aria-label={`wanted level of ${attribute.name}`}
        title={wanted && phrase}
        aria-valuetext={wanted ? `${shown}, ${phrase}` : "off"}
        onInput={(event) => set(levelAt(event.currentTarget.value), true)}
        onChange={(event) => set(levelAt(event.currentTarget.value))}
      />
      <output>{wanted ? shown : "off"}</output>
      {hasWeight && wanted && (
        <input
          class="weight"
          type="number"
          min={SMALLEST_WEIGHT}
          max={LARGEST_WEIGHT}
          step="any"
          value={weight}
          aria-label={`weight of ${attribute.name}`}
          title="weight"
          onChange={(event) => {
            const weighing = event.currentTarget.valueAsNumber;
            if (weighing >= SMALLEST_WEIGHT && weighing <= LARGEST_WEIGHT) set(level, false, weighing);
            else event.currentTarget.value = String(weight);
          }}
        />
      )}
    </div>
  );
}
