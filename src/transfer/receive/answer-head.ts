/** The status line and headers of an HTTP/1.1 response, and how its body ends. */
export interface AnswerHead {
  status: number;
  /** By lower-case name; several of one name are joined by commas. */
  headers: Record<string, string>;
  /** Bytes of the body; `chunked`: each chunk announces its own; `close`: the body ends with the connection. */
  length: number | 'chunked' | 'close';
  /** Whether another request may follow on the connection. */
  keepAlive: boolean;
}

/**
 * Parses heads. Everything that receives is made by functions without imports, which get what they need as arguments:
 * the thread that receives is started from their source text (`receive-program.ts`).
 */
export function headReading(): { readHead: (text: string) => AnswerHead; unreadable: (problem: string) => Error } {
  const STATUS = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
  const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

  /**
   * Reads a head, without the empty line that ends it. Strict (RFC 9112): whatever two readers could interpret
   * differently (a length and chunks, two lengths, folded lines) ends with an error whose `code` is `UnreadableAnswer`.
   */
  function readHead(text: string): AnswerHead {
    const [first = '', ...lines] = text.split('\r\n');
    const [, minor, status] = STATUS.exec(first) ?? [];
    if (status === undefined) throw unreadable('its status line is not HTTP/1.1');
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const line of lines) {
      const [, field = '', value = ''] = FIELD.exec(line) ?? [];
      const name = field.toLowerCase();
      if (name === '') throw unreadable('it has a malformed header line');
      const earlier = headers[name];
      if (earlier !== undefined && (name === 'content-length' || name === 'transfer-encoding'))
        throw unreadable(`it says ${name} twice`);
      headers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
    }
    const closes = (headers['connection'] ?? '')
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/)
      .includes('close');
    return {
      status: Number(status),
      headers,
      length: lengthOf(Number(status), headers),
      keepAlive: minor === '1' && !closes,
    };
  }

  function lengthOf(status: number, headers: Record<string, string>): AnswerHead['length'] {
    const [length, encoding] = [headers['content-length'], headers['transfer-encoding']];
    if (length !== undefined && encoding !== undefined) throw unreadable('it has a length and is chunked');
    if (encoding !== undefined && encoding.toLowerCase() !== 'chunked')
      throw unreadable('its transfer encoding is not "chunked"');
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw unreadable('its length is not a number');
    if (status < 200 || status === 204 || status === 304) return 0;
    if (encoding !== undefined) return 'chunked';
    return length === undefined ? 'close' : Number(length);
  }

  /** A response that is not HTTP, or not what was asked for: the connection can't be used any further. */
  function unreadable(problem: string): Error {
    return Object.assign(new Error(`the answer can't be read: ${problem}`), { code: 'UnreadableAnswer' });
  }

  return { readHead, unreadable };
}
