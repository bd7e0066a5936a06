import { z } from 'zod';
import { readJson } from '../../untrusted';
import { HttpFailed, excerptOf } from '../errors';
import { fetchPage, type PageOptions } from './fetch-page';

/** One page of JSON in a known form. A body of `{"error":"…"}` and any other form fail with `HttpFailed`. */
export async function jsonPage<T>(url: string, schema: z.ZodType<T>, options: PageOptions): Promise<T> {
  const body = await fetchPage(url, options);
  const read = readJson(schema, body);
  if (read.ok) return read.value;
  const refusal = readJson(z.object({ error: z.string() }), body);
  if (refusal.ok) throw new HttpFailed(url, 200, `it says "${excerptOf(refusal.value.error)}"`, true);
  throw new HttpFailed(url, 200, `its JSON is not in a known form (${read.problem}): "${excerptOf(body)}"`, false);
}
