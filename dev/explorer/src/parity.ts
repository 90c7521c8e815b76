/**
 * Compute what the page shows, without a page: `node parity.mjs FOLDER < request.json > answer.json`.
 *
 * A target of the request is a list of [attribute, level, weight], or the place of a stored one.
 */

// @ts-expect-error: types of node are not among the page's
import { readFileSync } from "node:fs";
import { callOf, decoded } from "./pure/decode";
import type { CellData, Dataset, Wanted } from "./pure/format";
import { score } from "./pure/intervals";
import { chance, labelLevels, labelsUnder, picksOf, predictor } from "./pure/steering";

declare const process: { argv: string[]; stdout: { write(text: string): void } };

async function read<T>(path: string): Promise<T> {
  return decoded<T>(callOf(readFileSync(`${process.argv[2]}/data/${path}.js`, "utf16le") as string)[1]);
}

const request = JSON.parse(readFileSync(0, "utf8") as string) as { dataset: string; targets: (Wanted[] | number)[] };
const dataset = await read<Dataset>(`${request.dataset}/dataset`);
const levels = labelLevels(dataset);
const cells = [];
for (const [place, cell] of dataset.cells.entries()) {
  const steered = predictor(dataset, cell, await read<CellData>(`${request.dataset}/cells/${place}`));
  cells.push(
    request.targets.map((asked) => {
      const target = typeof asked === "number" ? dataset.targets[asked]!.levels : asked;
      const found = picksOf(dataset, steered, target);
      if (typeof found === "string") return null;
      const labels = labelsUnder(levels, target, dataset.steps);
      return {
        picks: Array.from(found.picks, (pick) => String.fromCharCode(97 + pick)).join(""),
        ties: Array.from(found.tied, Boolean),
        ...score(dataset, labels, levels.starts, found.picks),
        chance: chance(labels, levels.starts),
      };
    }),
  );
}
process.stdout.write(JSON.stringify({ cells }));
