const LF = 0x0a;
const CR = 0x0d;

/** Lines without their ends (CR LF or LF) and without empty ones. Within the values that `COPY` prints line ends are escaped. */
export async function* linesOf(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of output) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = text.indexOf(LF); end !== -1; end = text.indexOf(LF, from)) {
      const to = text[end - 1] === CR ? end - 1 : end;
      if (to > from) yield text.subarray(from, to);
      from = end + 1;
    }
    rest = Buffer.from(text.subarray(from));
  }
  if (rest.length > 0) yield rest;
}
