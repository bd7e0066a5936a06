import type { z } from 'zod';
import { payloadEnds } from '../signing/envelope';
import { proveClaim, type SignedKind } from '../signing/trust';
import type { ClusterStore } from '../cluster-store';
import { parseRecord } from '../records/records';

/** A manifest of this size is read whole, in one request. */
export const SMALL_BYTES = 64 * 1024;
/** Of a larger one its beginning and its end: in between stand the lists that grow with the database. */
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
 * so each top-level field begins a line of its own, in the order of the names: what is asked for stands before the
 * lists or behind them. Of a large one it is not proved who signed it, only looked at who says so. `whole`: reads the
 * manifest the long way, where it is small or is not of this form.
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
  if (trust) proveClaim(trust, kind, payload.signers, `${store.location}/${key}`);
  try {
    const fields = { ...plainFields(payload.beginning), ...totalsOf(payload.end) };
    return parseRecord(schema, Buffer.from(JSON.stringify(fields)), key);
  } catch {
    return await oneAtATime(whole);
  }
}

/**
 * Numbers, texts and truths at the top level; throws where one is none. Strings of JSON have no line feeds, so nothing
 * deeper looks like one.
 */
function plainFields(beginning: string): Record<string, unknown> {
  const complete = beginning.slice(0, beginning.lastIndexOf('\n'));
  const fields: Record<string, unknown> = {};
  for (const [, name, value] of complete.matchAll(/^ {2}"(\w+)": ("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false),?$/gm))
    if (name !== undefined && value !== undefined) fields[name] = JSON.parse(value);
  // The one list that is looked at: a backup refers to few others.
  const [, refersTo] = /^ {2}"refersTo": (\[\]|\[\n[^]*?\n {2}\]),?$/m.exec(complete) ?? [];
  if (refersTo !== undefined) fields['refersTo'] = JSON.parse(refersTo);
  // Small as well: from when on a backup can be restored.
  const [, history] = /^ {2}"history": (\{\n[^]*?\n {2}\}),?$/m.exec(complete) ?? [];
  if (history !== undefined) fields['history'] = JSON.parse(history);
  return fields;
}

function totalsOf(end: string): { totals?: unknown } {
  const [, text] = /\n {2}"totals": (\{[^{}]*\}),?\n/.exec(end) ?? [];
  return text === undefined ? {} : { totals: JSON.parse(text) as unknown };
}

let last: Promise<unknown> = Promise.resolve();

/** A large manifest that must be read whole is in memory alone. */
async function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work, work);
  last = mine.catch(() => undefined);
  return await mine;
}
