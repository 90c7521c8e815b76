/** Compute what the page shows, without a page: `node parity.mjs FOLDER < request.json > answer.json`. */

// @ts-expect-error: types of node are not among the page's
import { readFileSync } from "node:fs";
import { callOf, decoded } from "./pure/decode";
import type { CellData, Dataset, Wanted } from "./pure/format";
import { score } from "./pure/intervals";
import { chance, labelLevels, labelsUnder, picksOf, predictor } from "./pure/steering";

declare const process: { argv: string[]; stdout: { write(text: string): void } };

async function read<T>(path: string): Promise<T> {
  return decoded<T>(callOf(readFileSync(`${process.argv[2]}/data/${path}.js`, "utf8") as string)[1]);
}

const request = JSON.parse(readFileSync(0, "utf8") as string) as { dataset: string; targets: Wanted[][] };
const folder = encodeURIComponent(request.dataset);
const dataset = await read<Dataset>(`${folder}/dataset`);
const levels = labelLevels(dataset);
const cells = [];
for (const [place, cell] of dataset.cells.entries()) {
  const steered = predictor(dataset, cell, await read<CellData>(`${folder}/cells/${place}`));
  cells.push(
    request.targets.map((target) => {
      const found = picksOf(dataset, steered, target);
      if (typeof found === "string") return null;
      const labels = labelsUnder(levels, target, dataset.scale);
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
