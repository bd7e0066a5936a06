import type { AnswerHead, headReading } from './answer-head';

/** Distinguishes the response to a request for a range from others. */
export function rangeAnswers({ unreadable }: Pick<ReturnType<typeof headReading>, 'unreadable'>) {
  /**
   * Whether this is the requested range. A refusal (not 2xx) is reported as such; other bytes than the requested ones
   * throw.
   */
  return function isRange(
    { status, headers, length }: AnswerHead,
    requested: { first: number; length: number },
  ): boolean {
    if (status < 200 || status >= 300) return false;
    const { first } = requested;
    const range = headers['content-range'];
    // An object that is no longer than the range may arrive whole, as 200; `rclone serve s3` sends every range with
    // 200.
    if (status !== 206 && !(status === 200 && (first === 0 || range !== undefined)))
      throw unreadable(`status ${status}, where a range was requested`);
    if (length === 'close') throw unreadable('it does not announce its length');
    if (length !== 'chunked' && length !== requested.length)
      throw unreadable(`${length} bytes, where ${requested.length} were requested`);
    if (range !== undefined && !range.startsWith(`bytes ${first}-${first + requested.length - 1}/`))
      throw unreadable(`it is another range (${range.slice(0, 100)})`);
    return true;
  };
}
