import { z } from 'zod';

/** Decimal units as the contract counts (MB = 10⁶ bytes), binary ones under their own names. */
const UNITS: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const FORM = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b|b)?$/i;

/** The form of a size, for messages. */
export const SIZE_FORM = 'a size such as 200MB, 1.5GiB or a whole number of bytes';

/** Bytes of a size text, or undefined if it is not one. */
export function sizeBytes(text: string): number | undefined {
  const match = FORM.exec(text.trim());
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]) * (UNITS[(match[2] ?? 'b').toLowerCase()] ?? 1));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size in `kalpa.yaml`; bytes once read. */
export const size = z
  .union([z.int().min(0), z.string()], { error: SIZE_FORM })
  .refine((value) => typeof value === 'number' || sizeBytes(value) !== undefined, { error: SIZE_FORM })
  .transform((value) => (typeof value === 'number' ? value : (sizeBytes(value) ?? 0)));
