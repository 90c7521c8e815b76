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
