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
  const lost = (how: string) => new Error(`data/${path}.js ${how}; copy the whole folder of this page`);
  if (!(await isRun(`data/${path.split("/").map(encodeURIComponent).join("/")}.js`))) throw lost("cannot be read");
  const payload = arrived.get(path);
  arrived.delete(path);
  try {
    return await decoded<T>(payload!);
  } catch {
    throw lost("is cut off or damaged");
  }
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

/** Run a script; gives whether it could be read. */
function isRun(source: string): Promise<boolean> {
  const script = document.createElement("script");
  script.src = source;
  const done = new Promise<boolean>((resolve) => {
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
  });
  document.head.append(script);
  return done.finally(() => script.remove());
}
