import { rmSync, statSync, writeFileSync } from 'node:fs';

/** Renewed well before it expires; the request of a killed command lasts no longer than this. */
const HOLDS_MS = 120_000;
const RENEWED_EVERY_MS = 20_000;

const requestOf = (file: string): string => `${file}.wanted`;

/**
 * Asks the workers that record into these files on request to do so until the returned function is called. A file
 * beside which nothing can be written belongs to a worker that needs no request.
 */
export function requestRecording(files: readonly string[]): () => void {
  const renew = (): void => {
    for (const file of files)
      try {
        writeFileSync(requestOf(file), '', { mode: 0o600 });
      } catch {
        // see above
      }
  };
  renew();
  const timer = setInterval(renew, RENEWED_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    for (const file of files)
      try {
        rmSync(requestOf(file), { force: true });
      } catch {
        // the request expires by itself
      }
  };
}

/** Whether recording into a file is currently requested. */
export function isRecordingRequested(file: string): boolean {
  try {
    return Date.now() - statSync(requestOf(file)).mtimeMs < HOLDS_MS;
  } catch {
    return false;
  }
}
