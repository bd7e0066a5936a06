/** A failure of the bytes themselves, not of the store or the network: trying again changes nothing by itself. */
export abstract class TransferError extends Error {
  /** The name of the class. */
  abstract readonly kind: string;
}

/** A source file was written, replaced or removed while it was read: what was uploaded belongs to no snapshot. */
export class SourceChanged extends TransferError {
  override readonly name = 'SourceChanged';
  readonly kind = 'SourceChanged';
  constructor(
    readonly path: string,
    difference: string,
  ) {
    super(
      `The file ${path} changed while it was read: ${difference}. ` +
        'Files of a snapshot never change; list the directory again and copy what is there then.',
    );
  }
}

/** Bytes are not what was recorded, on disk or in the store. Nothing was put in place. */
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

/** A recorded path may not be written to: the record that it came from is not to be trusted. */
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
 * Among the files of a snapshot stands something that can't be copied: a link, a FIFO, a name that no manifest can
 * hold. Left out it would be a missing file without a word.
 */
export class SourceRefused extends TransferError {
  override readonly name = 'SourceRefused';
  readonly kind = 'SourceRefused';
  constructor(
    /** Shown as JSON writes it where it holds what a terminal would obey. */
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

/** On the way to where a file is to be placed stands a link, or under its name something that is no file. */
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

/** How a transfer is told that its run was cancelled, and so that open multipart uploads are to be aborted. */
export class TransferCancelled extends Error {
  override readonly name = 'TransferCancelled';
  constructor(message = 'The run was cancelled; the copy stops and its open uploads are aborted.') {
    super(message);
  }
}

/**
 * Whether an aborted signal means the run's end. Anything else (time-out, worker shutdown, pause) only stops the
 * transfer, so that the next attempt resumes.
 */
export function cancelledByRun(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason instanceof TransferCancelled;
}
