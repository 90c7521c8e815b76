/** All cells of the dataset, to choose the columns from. */

import { MOST_COLUMNS } from "../pure/link";
import { percent } from "../pure/words";
import { Dialog } from "./Dialog";
import { toggleColumn } from "./navigate";
import { accuracies, columnPlaces, dataset } from "./state";

export function ColumnChooser() {
  return (
    <Dialog id="chooser" title={`Columns, ${MOST_COLUMNS} at most`}>
      <Cells />
    </Dialog>
  );
}

function Cells() {
  const { cells } = dataset.value;
  const experiments = [...new Set(cells.map(({ experiment }) => experiment))];
  const isFull = columnPlaces.value.length >= MOST_COLUMNS;
  return (
    <div class="chooser">
      {experiments.map((experiment) => {
        const own = cells.flatMap((cell, place) => (cell.experiment === experiment ? [{ cell, place }] : []));
        return (
          <fieldset key={experiment}>
            <legend>{own[0]!.cell.experiment_label}</legend>
            {own.map(({ cell, place }) => {
              const isOn = columnPlaces.value.includes(place);
              return (
                <label key={place} style={{ "--own": cell.colour }}>
                  <input type="checkbox" checked={isOn} disabled={isFull && !isOn} onChange={() => toggleColumn(place)} />
                  <span class="name">{cell.adm_label}</span>
                  <span class="kind">{kindOf(cell)}</span>
                  <span class="count">{percent(accuracies.value.get(place) ?? null)}</span>
                </label>
              );
            })}
          </fieldset>
        );
      })}
      <p class="note">Numbers are accuracies in percent under the target now.</p>
    </div>
  );
}

function kindOf({ decides, imported }: { decides: string; imported: boolean }): string {
  return [decides === "targets" ? "stored targets only" : "", imported ? "imported" : ""].filter(Boolean).join(", ");
}
