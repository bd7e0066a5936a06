import type { z } from 'zod';
import { HttpFailed, excerptOf } from '../errors';
import { fetchPage, type PageOptions } from './fetch-page';

/** One page of JSON in a known shape. A body `{"error":"…"}` and every other shape fail with `HttpFailed`. */
export async function jsonPage<T>(url: string, schema: z.ZodType<T>, options: PageOptions): Promise<T> {
  const body = await fetchPage(url, options);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new HttpFailed(url, 200, `its body is no JSON: "${excerptOf(body)}"`, false);
  }
  const said = (value as { error?: unknown } | null)?.error;
  if (typeof said === 'string') throw new HttpFailed(url, 200, `it says "${excerptOf(said)}"`, true);
  const result = schema.safeParse(value);
  const issue = result.error?.issues[0];
  if (!result.success)
    throw new HttpFailed(
      url,
      200,
      `its JSON is not in a known form (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
      false,
    );
  return result.data;
}
