/** A failure of the bytes themselves, not of the store or the network: a retry alone changes nothing. */
export abstract class TransferError extends Error {
  /** The name of the class. */
  abstract readonly kind: string;
}

/** A source file was written, replaced or removed while it was read: the uploaded bytes belong to no snapshot. */
export class SourceChanged extends TransferError {
  override readonly name = 'SourceChanged';
  readonly kind = 'SourceChanged';
  constructor(
    readonly path: string,
    difference: string,
  ) {
    super(
      `The file ${path} changed while it was read: ${difference}. ` +
        'Files of a snapshot never change: the directory must be listed again and copied as it is then.',
    );
  }
}

/** Bytes differ from the recorded ones, on disk or in the store. Nothing was put in place. */
export class ChecksumMismatch extends TransferError {
  override readonly name = 'ChecksumMismatch';
  readonly kind = 'ChecksumMismatch';
  constructor(
    readonly subject: string,
    difference: string,
    next: string,
    expected = 'what was recorded',
  ) {
    super(`The bytes of ${subject} are not ${expected}: ${difference}. ${next}`);
  }
}

/** A recorded path must not be written to: the record that contains it can't be trusted. */
export class PathRefused extends TransferError {
  override readonly name = 'PathRefused';
  readonly kind = 'PathRefused';
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(
      `The recorded path ${path} was refused: ${problem}. Nothing was written. Use another backup, and find out who wrote to the bucket.`,
    );
  }
}

/**
 * Among a snapshot's files is something that can't be copied: a link, a FIFO, a name that a manifest can't hold.
 * Skipping it would leave out a file silently.
 */
export class SourceRefused extends TransferError {
  override readonly name = 'SourceRefused';
  readonly kind = 'SourceRefused';
  constructor(
    /** Written as JSON if it contains characters that a terminal would act on. */
    readonly path: string,
    /** What is wrong: "is a FIFO, where only files and folders belong". */
    readonly problem: string,
  ) {
    super(
      `${path} ${problem}. YugabyteDB makes no such thing, and a backup without it might lack rows, so nothing was committed. ` +
        'Find out who made it and remove it, then start a new backup.',
    );
  }
}

/** A link is in the way of a file that is to be placed, or its name is taken by something that is not a file. */
export class TargetRefused extends TransferError {
  override readonly name = 'TargetRefused';
  readonly kind = 'TargetRefused';
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(
      `${path} ${problem}, and Kalpa writes through no link and over nothing but files. Nothing was written there. Find out who made it and remove it, then start the restore again.`,
    );
  }
}

/** The abort reason of a cancelled run: open multipart uploads are to be aborted. */
export class TransferCancelled extends Error {
  override readonly name = 'TransferCancelled';
  constructor() {
    super('The run was cancelled; the copy stops and its open uploads are aborted.');
  }
}

/**
 * Whether an aborted signal means the end of the run. Anything else (time-out, worker shutdown, pause) only stops the
 * transfer, so that the next attempt resumes.
 */
export function cancelledByRun(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason instanceof TransferCancelled;
}
