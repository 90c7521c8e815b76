/** From a line of a data file to what it holds. */

/** Of a letter of a payload: its bits, and the code of the one that stands for 0. */
const BITS = 15;
const FIRST = 0x4000;

/** What stands in a payload: zlib-compressed JSON, 15 bits a letter. */
export async function decoded<T>(payload: string): Promise<T> {
  const stream = new Blob([unpacked(payload)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text()) as T;
}

/** The bytes of a payload; its first letter tells how many to drop at the end. */
function unpacked(payload: string): Uint8Array<ArrayBuffer> {
  const dropped = payload.charCodeAt(0) - FIRST;
  const bytes = new Uint8Array(Math.floor(((payload.length - 1) * BITS) / 8) - dropped);
  let [bits, count, place] = [0, 0, 0];
  for (let letter = 1; letter < payload.length; letter++) {
    bits = (bits << BITS) | (payload.charCodeAt(letter) - FIRST);
    for (count += BITS; count >= 8 && place < bytes.length; place++) {
      count -= 8;
      bytes[place] = (bits >> count) & 0xff;
    }
    bits &= (1 << count) - 1;
  }
  return bytes;
}

/** The arguments of the one call that a data file is. */
export function callOf(line: string): [path: string, payload: string] {
  return JSON.parse(`[${line.slice(line.indexOf("(") + 1, line.lastIndexOf(")"))}]`) as [string, string];
}
