/** From a line of a data file to what it holds. */

/** What stands in a payload: base64 of zlib-compressed JSON. */
export async function decoded<T>(payload: string): Promise<T> {
  const text = atob(payload);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place++) bytes[place] = text.charCodeAt(place);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text()) as T;
}

/** The arguments of the one call that a data file is. */
export function callOf(line: string): [path: string, payload: string] {
  return JSON.parse(`[${line.slice(line.indexOf("(") + 1, line.lastIndexOf(")"))}]`) as [string, string];
}
