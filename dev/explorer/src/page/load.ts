/** Loading data files: each is a script that calls `explorerData`, since a page of `file://` may not fetch. */

import { decoded } from "../pure/decode";

declare global {
  interface Window {
    explorerData(path: string, payload: string): void;
  }
}

/** How many files of samples, answers and messages are kept; those of items that were left long ago are let go. */
const KEPT = 48;

const arrived = new Map<string, string>();
const kept = new Map<string, Promise<unknown>>();

window.explorerData = (path, payload) => void arrived.set(path, payload);

/** What a file below `data/` holds; `path` without ".js". */
export async function load<T>(path: string): Promise<T> {
  await scripted(`data/${path.split("/").map(encodeURIComponent).join("/")}.js`);
  const payload = arrived.get(path);
  arrived.delete(path);
  if (payload === undefined) throw new Error(`data/${path}.js is not a data file of this page`);
  return decoded<T>(payload);
}

/** The same, for what may be asked for again. */
export function loadOnce<T>(path: string): Promise<T> {
  const found = (kept.get(path) as Promise<T> | undefined) ?? load<T>(path);
  kept.delete(path);
  kept.set(path, found);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  found.catch(() => kept.delete(path));
  return found;
}

function scripted(source: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(script.remove());
    script.onerror = () => reject(new Error(`${source} cannot be read; copy the whole folder of this page`));
    document.head.append(script);
  });
}
