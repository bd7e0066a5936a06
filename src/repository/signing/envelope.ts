import { z } from 'zod';
import { RepositoryError } from '../repository-error';

/** One signature of a record. */
export interface Signature {
  keyId: string;
  /** Base64. */
  sig: string;
}

/** A record as it is stored: its signed bytes, and who signed them; without signatures, a plain record. */
export interface Envelope {
  payload: Buffer;
  signatures: Signature[];
}

const signatureList = z
  .array(
    z.strictObject({
      keyId: z.string().regex(/^[0-9a-f]{16}$/),
      sig: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
    }),
  )
  .min(1)
  .max(8);

const OPENING = '{\n  "signatures": ';
const MIDDLE = ',\n  "payload": ';
const CLOSING = '\n}\n';

/** The first bytes of a record that hold every signature. */
const ENVELOPE_HEAD_BYTES = 2048;

/**
 * The bytes of a signed record. The signatures come first, so that its beginning shows who signed; the payload is one
 * JSON string, extracted byte for byte before anything in it is parsed.
 */
export function envelopeBytes({ payload, signatures }: Envelope): Buffer {
  return Buffer.from(
    OPENING + JSON.stringify(signatures) + MIDDLE + JSON.stringify(payload.toString('utf8')) + CLOSING,
  );
}

/**
 * The beginning and the end of a payload, from those of its record; nothing is verified. The end starts at `from`, as
 * far as it was read.
 */
export function payloadEnds(
  beginning: Buffer,
  end: Buffer,
  from: string,
): { signers: string[]; beginning: string; end: string } {
  const head = headOf(beginning);
  if (!head) return { signers: [], beginning: beginning.toString('utf8'), end: end.toString('utf8') };
  const inText = JSON.stringify(from).slice(1, -1);
  const last = end.toString('utf8');
  const start = last.lastIndexOf(inText);
  return {
    signers: head.signatures.map(({ keyId }) => keyId),
    beginning: textBefore(beginning.subarray(head.end).toString('utf8')),
    end: start < 0 ? '' : textOf(`"${last.slice(start, -CLOSING.length)}`),
  };
}

/** A text that is cut off: up to its last complete line. */
const textBefore = (cut: string): string => textOf(`${cut.slice(0, cut.lastIndexOf('\\n'))}\\n"`);

function textOf(json: string): string {
  const text = parsed(json);
  return typeof text === 'string' ? text : '';
}

/** Splits a record into its parts. Anything that is not exactly an envelope is a plain record without a signature. */
export function openEnvelope(bytes: Buffer, where: string): Envelope {
  const head = headOf(bytes);
  if (!head) return { payload: bytes, signatures: [] };
  const text = bytes.subarray(head.end).toString('utf8');
  // A string can't nest, so parsing it costs no more than its length.
  const payload =
    text.startsWith('"') && text.endsWith(`"${CLOSING}`) ? parsed(text.slice(0, -CLOSING.length)) : undefined;
  if (typeof payload !== 'string')
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} begins like a signed record and does not end like one, so it is damaged. Use another backup.`,
    );
  return { payload: Buffer.from(payload), signatures: head.signatures };
}

function headOf(bytes: Buffer): { signatures: Signature[]; end: number } | undefined {
  const beginning = bytes.subarray(0, ENVELOPE_HEAD_BYTES).toString('latin1');
  const middle = beginning.indexOf(MIDDLE);
  if (!beginning.startsWith(OPENING) || middle < 0) return undefined;
  const list = signatureList.safeParse(parsed(beginning.slice(OPENING.length, middle)));
  return list.success ? { signatures: list.data, end: middle + MIDDLE.length } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
