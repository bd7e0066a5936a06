import type { z } from 'zod';
import { FifoSemaphore } from '../../transfer';
import { payloadEnds } from '../signing/envelope';
import { checkClaimedSigner, type SignedKind } from '../signing/trust';
import type { ClusterStore } from '../cluster-store';
import { parseRecord } from '../records/records';

/** A manifest up to this size is read whole, in one request. */
export const SMALL_BYTES = 64 * 1024;
/** Of a larger one, its beginning and its end are read: in between are the lists that grow with the database. */
const BEGINNING_BYTES = 32 * 1024;
const END_BYTES = 8 * 1024;

/** Where a manifest is, and how large the listing says it is. */
interface Listed {
  kind: SignedKind;
  key: string;
  bytes: number;
}

/**
 * Plain fields and totals of a manifest, without the lists that grow with the database. Manifests are canonical JSON,
 * so each top-level field begins on its own line, in alphabetical order: the wanted fields come before or after the
 * long lists. The signature of a large manifest is not verified; only the key that it names is checked. `whole`: reads
 * the full manifest, for one that is small or not in this form.
 */
export async function readFacts<T>(
  { store, trust }: ClusterStore,
  { kind, key, bytes }: Listed,
  schema: z.ZodType<T>,
  whole: () => Promise<T>,
): Promise<T> {
  if (bytes <= SMALL_BYTES) return await whole();
  const [beginning, end] = [Buffer.alloc(BEGINNING_BYTES), Buffer.alloc(END_BYTES)];
  await store.readRange(key, 0, beginning);
  await store.readRange(key, bytes - END_BYTES, end);
  const payload = payloadEnds(beginning, end, '\n  "totals": ');
  if (trust) checkClaimedSigner(trust, kind, payload.signers, `${store.location}/${key}`);
  try {
    const fields = { ...plainFields(payload.beginning), ...totalsOf(payload.end) };
    return parseRecord(schema, Buffer.from(JSON.stringify(fields)), key);
  } catch {
    return await oneAtATime(whole);
  }
}

/**
 * Numbers, strings and booleans at the top level; throws on any other. JSON strings contain no line feeds, so nothing
 * nested can be mistaken for one.
 */
function plainFields(beginning: string): Record<string, unknown> {
  const complete = beginning.slice(0, beginning.lastIndexOf('\n'));
  const fields: Record<string, unknown> = {};
  for (const [, name, value] of complete.matchAll(/^ {2}"(\w+)": ("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false),?$/gm))
    if (name !== undefined && value !== undefined) fields[name] = JSON.parse(value);
  // The one list that is needed: a backup refers to few others.
  const [, refersTo] = /^ {2}"refersTo": (\[\]|\[\n[^]*?\n {2}\]),?$/m.exec(complete) ?? [];
  if (refersTo !== undefined) fields['refersTo'] = JSON.parse(refersTo);
  // Small as well: the earliest moment that a backup can be restored to.
  const [, history] = /^ {2}"history": (\{\n[^]*?\n {2}\}),?$/m.exec(complete) ?? [];
  if (history !== undefined) fields['history'] = JSON.parse(history);
  return fields;
}

function totalsOf(end: string): { totals?: unknown } {
  const [, text] = /\n {2}"totals": (\{[^{}]*\}),?\n/.exec(end) ?? [];
  return text === undefined ? {} : { totals: JSON.parse(text) as unknown };
}

/** Of the process: only one large manifest is ever in memory. */
const inMemory = new FifoSemaphore(1);

async function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  await inMemory.acquire(1);
  try {
    return await work();
  } finally {
    inMemory.release(1);
  }
}
