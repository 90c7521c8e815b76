// src/parity.ts
import { readFileSync } from "node:fs";

// src/pure/decode.ts
var BITS = 15;
var FIRST = 16384;
async function decoded(payload) {
  const stream = new Blob([unpacked(payload)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
function unpacked(payload) {
  const dropped = payload.charCodeAt(0) - FIRST;
  const bytes = new Uint8Array(Math.floor((payload.length - 1) * BITS / 8) - dropped);
  let [bits, count, place] = [0, 0, 0];
  for (let letter = 1; letter < payload.length; letter++) {
    bits = bits << BITS | payload.charCodeAt(letter) - FIRST;
    for (count += BITS; count >= 8 && place < bytes.length; place++) {
      count -= 8;
      bytes[place] = bits >> count & 255;
    }
    bits &= (1 << count) - 1;
  }
  return bytes;
}
function callOf(line) {
  return JSON.parse(`[${line.slice(line.indexOf("(") + 1, line.lastIndexOf(")"))}]`);
}

// src/pure/arithmetic.ts
var PARTS_OF_A_STEP = 1e6;
var WHOLE = 2 ** 52;
function roundEven(value) {
  if (value >= 0) return value < WHOLE ? value + WHOLE - WHOLE : value;
  return value > -WHOLE ? value - WHOLE + WHOLE : value;
}
function steps(level, scale) {
  return roundEven(interpolated(level, scale) * PARTS_OF_A_STEP);
}
function interpolated(level, scale) {
  const last = scale.length - 1;
  if (level >= scale[last]) return last;
  if (level <= scale[0]) return 0;
  let below = 0;
  while (below < last && scale[below + 1] <= level) below++;
  if (scale[below] === level) return below;
  return 1 / (scale[below + 1] - scale[below]) * (level - scale[below]) + below;
}
function levelsOf(values, attributes, count, distance, scale) {
  const starts = new Int32Array(values.length + 1);
  values.forEach((responses, item) => starts[item + 1] = starts[item] + responses.length);
  const columns = Array.from({ length: count }, () => null);
  attributes.forEach((attribute, place) => {
    const column = new Float64Array(starts[values.length]);
    let row = 0;
    for (const responses of values)
      for (const levels2 of responses) {
        const level = levels2[place];
        column[row++] = distance === "steps" ? steps(level, scale) : level;
      }
    columns[attribute] = column;
  });
  return { distance, starts, columns };
}
function lacking(levels2, target) {
  const missing = target.find(([attribute]) => !levels2.columns[attribute]);
  return missing ? missing[0] : null;
}
function distances(levels2, target, scale) {
  const inSteps = levels2.distance === "steps";
  const least = inSteps ? Math.min(...target.map(([, , weight]) => weight)) : 1;
  const unit = inSteps ? (scale.length - 1) * PARTS_OF_A_STEP : 1;
  const sums = new Float64Array(levels2.starts[levels2.starts.length - 1]);
  for (const [attribute, level, weight] of target) {
    const column = levels2.columns[attribute];
    if (!column) throw new Error(`there are no levels of attribute ${attribute}`);
    const wanted = inSteps ? steps(level, scale) : level;
    const relative = weight / least;
    for (let row = 0; row < sums.length; row++) {
      const difference = column[row] - wanted;
      const square = relative * (difference * difference);
      sums[row] = sums[row] + (inSteps ? roundEven(square) : square);
    }
  }
  for (let row = 0; row < sums.length; row++) sums[row] = Math.sqrt(sums[row] * least) / unit;
  return sums;
}

// src/pure/target.ts
function placeOf(target, stored) {
  const own = stored.findIndex(({ levels: levels2 }) => levels2 === target);
  if (own >= 0) return own;
  const wanted = inOrder(target);
  return stored.findIndex(({ levels: levels2 }) => same(inOrder(levels2), wanted));
}
function inOrder(target) {
  return [...target].sort(([one], [other]) => one - other);
}
function same(one, other) {
  return one.length === other.length && one.every((wanted, place) => wanted.every((value, part) => value === other[place][part]));
}

// src/pure/steering.ts
var NO_PICK = -1;
var LETTER_A = "a".charCodeAt(0);
function labelLevels(dataset2) {
  const labels = dataset2.items.map((item) => item.labels);
  const every = dataset2.attributes.map((_, attribute) => attribute);
  return levelsOf(labels, every, every.length, dataset2.scoring.distance, dataset2.steps);
}
function predictor(dataset2, cell, data) {
  const { attributes, selection } = cell;
  const levels2 = data.levels ? levelsOf(data.levels, attributes, dataset2.attributes.length, selection.distance, dataset2.steps) : null;
  return { cell, levels: levels2, data };
}
function picksOf(dataset2, of, target) {
  if (of.levels) {
    const missing = lacking(of.levels, target);
    if (missing !== null) return `does not predict ${dataset2.attributes[missing].name}`;
    return nearestResponses(of.levels.starts, distances(of.levels, target, dataset2.steps));
  }
  const { picks } = of.data;
  if (typeof picks === "string") return fromLetters(picks);
  const stored = picks?.[placeOf(target, dataset2.targets)];
  return stored ? fromLetters(stored) : "picks for stored targets only";
}
function nearestResponses(starts, ofResponses) {
  const count = starts.length - 1;
  const picks = new Int16Array(count);
  const tied = new Uint8Array(count);
  for (let item = 0; item < count; item++) {
    const start = starts[item];
    let best = start;
    for (let row = start + 1; row < starts[item + 1]; row++) {
      const distance = ofResponses[row];
      if (distance < ofResponses[best]) {
        best = row;
        tied[item] = 0;
      } else if (distance === ofResponses[best]) tied[item] = 1;
    }
    picks[item] = best - start;
  }
  return { picks, tied, distances: ofResponses };
}
function fromLetters(letters) {
  const picks = new Int16Array(letters.length);
  for (let item = 0; item < letters.length; item++) {
    const place = letters.charCodeAt(item) - LETTER_A;
    picks[item] = place >= 0 ? place : NO_PICK;
  }
  return { picks, tied: new Uint8Array(letters.length), distances: null };
}
function labelsUnder(levels2, target, scale) {
  const ofResponses = distances(levels2, target, scale);
  const count = levels2.starts.length - 1;
  const [nearest, farthest, scored] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
  for (let item = 0; item < count; item++) {
    let [least, most] = [Infinity, -Infinity];
    for (let row = levels2.starts[item]; row < levels2.starts[item + 1]; row++) {
      least = Math.min(least, ofResponses[row]);
      most = Math.max(most, ofResponses[row]);
    }
    nearest[item] = least;
    farthest[item] = most;
    scored[item] = most > least ? 1 : 0;
  }
  return { distances: ofResponses, nearest, farthest, scored };
}
function isRight(labels, starts, item, response) {
  return labels.distances[starts[item] + response] === labels.nearest[item];
}
function correctness(labels, starts, picks) {
  return Uint8Array.from(
    picks,
    (pick, item) => labels.scored[item] && pick !== NO_PICK && isRight(labels, starts, item, pick) ? 1 : 0
  );
}
function alignmentScore(labels, starts, picks) {
  let [sum, count] = [0, 0];
  picks.forEach((pick, item) => {
    if (!labels.scored[item]) return;
    sum += 1 - labels.distances[starts[item] + pick] / labels.farthest[item];
    count++;
  });
  return count ? 100 * sum / count : null;
}
function chance(labels, starts) {
  let [sum, count] = [0, 0];
  for (let item = 0; item < labels.scored.length; item++) {
    if (!labels.scored[item]) continue;
    const responses = starts[item + 1] - starts[item];
    let right = 0;
    for (let response = 0; response < responses; response++) if (isRight(labels, starts, item, response)) right++;
    sum += right / responses;
    count++;
  }
  return count ? 100 * sum / count : null;
}

// src/pure/intervals.ts
var PRIOR_PROMPTS = 3;
var NO_VARIANCE = 1e-15;
var ONE = 1 + 1e-9;
function score(dataset2, labels, starts, picks) {
  const counts = byPrompt(dataset2, correctness(labels, starts, picks), labels.scored);
  const n_scored = total(counts.scored);
  const n_tied = labels.scored.length - n_scored;
  if (!n_scored) return { n_scored, n_tied, accuracy: null, low: null, high: null, alignment_score: null };
  const [low, high] = interval(counts, dataset2.critical, dataset2.poisson) ?? [null, null];
  const accuracy = 100 * total(counts.correct) / n_scored;
  return { n_scored, n_tied, accuracy, low, high, alignment_score: alignmentScore(labels, starts, picks) };
}
function byPrompt(dataset2, correct, scored) {
  const prompts = 1 + dataset2.items.reduce((most, item) => Math.max(most, item.cluster), -1);
  const counts = { correct: new Float64Array(prompts), scored: new Float64Array(prompts) };
  dataset2.items.forEach(({ cluster }, item) => {
    counts.correct[cluster] = counts.correct[cluster] + correct[item];
    counts.scored[cluster] = counts.scored[cluster] + scored[item];
  });
  return counts;
}
function interval(counts, critical, poisson) {
  const all = total(counts.scored);
  const share = total(counts.correct) / all;
  const weights = counts.scored.map((scored) => scored / all);
  const influences = counts.correct.map((correct, prompt) => correct / all - share * weights[prompt]);
  const freedom = weights.filter((weight) => weight > 0).length - 1;
  if (freedom < 1) return null;
  const size = effectiveSize(share, squares(influences), 1 / squares(weights));
  return wilson(share, size, critical[freedom], poisson[freedom]);
}
function effectiveSize(share, variance, prompts) {
  const rarer = Math.min(share, 1 - share) ** 2;
  const alike = rarer < NO_VARIANCE;
  const raw = alike ? prompts : share * (1 - share) / Math.max(variance, NO_VARIANCE);
  const spread = alike ? 0 : prompts * (rarer / (rarer + prompts * variance));
  if (raw <= prompts) return raw;
  return Math.exp((spread * Math.log(raw) + PRIOR_PROMPTS * Math.log(prompts)) / (spread + PRIOR_PROMPTS));
}
function wilson(share, size, quantile, poisson) {
  const squared = quantile * quantile / size;
  const middle = (share + squared / 2) / (1 + squared);
  const half = quantile / (1 + squared) * Math.sqrt(share * (1 - share) / size + squared / (4 * size));
  let [low, high] = [middle - half, middle + half];
  if (size * share <= ONE) low = Math.min(low, poisson * share);
  if (size * (1 - share) <= ONE) high = Math.max(high, 1 - poisson * (1 - share));
  return [100 * Math.min(Math.max(low, 0), share), 100 * Math.max(Math.min(high, 1), share)];
}
function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
function squares(values) {
  return values.reduce((sum, value) => sum + value * value, 0);
}

// src/parity.ts
async function read(path) {
  return decoded(callOf(readFileSync(`${process.argv[2]}/data/${path}.js`, "utf16le"))[1]);
}
var request = JSON.parse(readFileSync(0, "utf8"));
var dataset = await read(`${request.dataset}/dataset`);
var levels = labelLevels(dataset);
var cells = [];
for (const [place, cell] of dataset.cells.entries()) {
  const steered = predictor(dataset, cell, await read(`${request.dataset}/cells/${place}`));
  cells.push(
    request.targets.map((asked) => {
      const target = typeof asked === "number" ? dataset.targets[asked].levels : asked;
      const found = picksOf(dataset, steered, target);
      if (typeof found === "string") return null;
      const labels = labelsUnder(levels, target, dataset.steps);
      return {
        picks: Array.from(found.picks, (pick) => String.fromCharCode(97 + pick)).join(""),
        ties: Array.from(found.tied, Boolean),
        ...score(dataset, labels, levels.starts, found.picks),
        chance: chance(labels, levels.starts)
      };
    })
  );
}
process.stdout.write(JSON.stringify({ cells }));
