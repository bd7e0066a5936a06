const MIB = 1024 * 1024;

/**
 * How much of an answer is held in memory. Whoever answers for the cluster must not decide that; each is several times
 * what 100,000 tablets take.
 */
export const LIMITS = {
  /** What a tool prints that answers with a sentence, a state or an id. */
  answerBytes: MIB,
  /** What a tool prints that lists something, and the definitions of a keyspace. */
  listBytes: 64 * MIB,
  /** A file that a tool writes and that is read whole: a schema, the roles, an exported snapshot. */
  fileBytes: 256 * MIB,
  /** The answer to one SQL statement, as it comes over the wire; of COPY each piece, since they are not kept. */
  sqlBytes: 128 * MIB,
  /** One line of COPY, so one row of a keyspace's table: more than the largest one that YCQL takes. */
  lineBytes: 256 * MIB,
} as const;

/** The server sent more than is held in memory; the connection is gone. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes, so it was not read further`);
  }
}
