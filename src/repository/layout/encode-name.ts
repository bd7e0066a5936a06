import { createHash } from 'node:crypto';

const PLAIN = /^[A-Za-z0-9_.-]$/;

/**
 * A name as it stands in ids and keys: every character other than `A-Za-z0-9_.-` percent-encoded (UTF-8 bytes, upper
 * case), `/` and `%` too. Reversible, so two names never meet.
 */
export function encodeName(name: string): string {
  if (name === '.' || name === '..') return name.replaceAll('.', '%2E'); // stores that are file systems would walk
  return Array.from(name, (character) => (PLAIN.test(character) ? character : encodeBytes(character))).join('');
}

/** The name that `encodeName` made this of; undefined when it can't have. */
export function decodeName(encoded: string): string | undefined {
  try {
    const name = decodeURIComponent(encoded);
    return encodeName(name) === encoded ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Longest part of a key between two slashes: stores that keep objects as files allow 255 bytes a name. */
const LONGEST = 180;

/**
 * A free text (a workflow id may have 1,000 characters) as one part of a key: encoded, and beyond 180 bytes cut, with
 * `~` and 16 hex of its SHA-256, so that two long ids never meet either.
 */
export function encodeKeyPart(text: string): string {
  const encoded = encodeName(text);
  if (encoded.length <= LONGEST) return encoded;
  return `${encoded.slice(0, LONGEST - 17)}~${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

const encodeBytes = (character: string): string =>
  Array.from(Buffer.from(character, 'utf8'), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
