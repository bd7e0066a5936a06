const MIB = 1024 * 1024;

/**
 * How much of a response is held in memory: whoever sends it must not decide that. Each limit is several times what
 * 100,000 tablets need.
 */
export const LIMITS = {
  /** Output of a tool that prints a sentence, a state or an id. */
  answerBytes: MIB,
  /** Output of a tool that lists something, and the definitions of a keyspace. */
  listBytes: 64 * MIB,
  /** A file that a tool writes and that is read whole: a schema, the roles, an exported snapshot. */
  fileBytes: 256 * MIB,
  /**
   * The result of one SQL statement, as it arrives over the wire; for COPY, each piece of it, since they are not kept.
   */
  sqlBytes: 128 * MIB,
  /** One line of COPY, i.e. one row of a keyspace's table: more than the largest one that YCQL accepts. */
  lineBytes: 256 * MIB,
} as const;

/** The server sent more than is held in memory; the connection was closed. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes, so it was not read further`);
  }
}
