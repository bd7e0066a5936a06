import { createHash } from 'node:crypto';

const PLAIN = /^[A-Za-z0-9_.-]*$/;

/**
 * A name as used in ids and keys: every character other than `A-Za-z0-9_.-` percent-encoded (UTF-8 bytes, upper case),
 * including `/` and `%`. Reversible, so two names never collide.
 */
export function encodeName(name: string): string {
  // Stores on file systems would resolve these as paths.
  if (name === '.' || name === '..') return name.replaceAll('.', '%2E');
  if (PLAIN.test(name)) return name;
  return Array.from(name, (character) => (PLAIN.test(character) ? character : encodeBytes(character))).join('');
}

/** The name that `encodeName` encoded as this; undefined if there is none. */
export function decodeName(encoded: string): string | undefined {
  try {
    const name = decodeURIComponent(encoded);
    return encodeName(name) === encoded ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Longest part of a key between two slashes: stores that keep objects as files allow 255 bytes per name. */
const MAX_LENGTH = 180;

/**
 * Free text (a workflow id may have 1,000 characters) as one part of a key: encoded, and beyond 180 bytes cut, with `~`
 * and 16 hex digits of its SHA-256 appended, so that two long ids do not collide either.
 */
export function encodeKeyPart(text: string): string {
  const encoded = encodeName(text);
  if (encoded.length <= MAX_LENGTH) return encoded;
  return `${encoded.slice(0, MAX_LENGTH - 17)}~${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

const encodeBytes = (character: string): string =>
  Array.from(Buffer.from(character, 'utf8'), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
