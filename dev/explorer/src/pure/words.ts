/** Numbers and names in words. */

/** "A" for the first response; 26 are the most. */
export function letter(response: number): string {
  return String.fromCharCode("A".charCodeAt(0) + response);
}

/** With one decimal; a dash where there is none. */
export function percent(value: number | null): string {
  return value === null ? "–" : value.toFixed(1);
}

/** A level or a distance, with two decimals. */
export function decimals(value: number | null): string {
  return value === null ? "–" : value.toFixed(2);
}

/** "1 item", "12 items" */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

const NAMED = 5;

/** The first of some texts, none longer than so many characters, and how many more there are. */
export function someOf(texts: readonly string[], longest: number): string[] {
  const named = texts.slice(0, NAMED).map((text) => beginning(text, longest));
  return texts.length > NAMED ? [...named, `and ${(texts.length - NAMED).toLocaleString("en")} more`] : named;
}

/** The beginning of a text, so many UTF-16 units at most and no half letter, with an ellipsis where it goes on. */
export function beginning(text: string, longest: number): string {
  return text.length > longest ? `${cut(text, longest)}…` : text;
}

/** So many UTF-16 units of a text at most; a pair of surrogates stays whole. */
export function cut(text: string, longest: number): string {
  return text.slice(0, longest).replace(/[\ud800-\udbff]$/, "");
}

/** A name that does not turn the words around it, where it is written from right to left or has marks for that. */
export function isolated(name: string): string {
  return /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name;
}
