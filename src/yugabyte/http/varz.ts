import { z } from 'zod';
import { HttpFailed } from '../errors';
import { fetchPage, type PageOptions } from './fetch-page';
import { jsonPage } from './json-page';

const document = z.object({ flags: z.array(z.object({ name: z.string(), value: z.string() })) });

/**
 * The flags of a master or tserver: `/api/v1/varz` since 2.15.3; before that `/varz?raw`, lines of `--name=value`.
 * Sensitive values are shown as `****`.
 */
export async function readVarz(base: string, options: PageOptions): Promise<Map<string, string>> {
  try {
    const { flags } = await jsonPage(`${base}/api/v1/varz`, document, options);
    return new Map(flags.map(({ name, value }) => [name, value]));
  } catch (error) {
    if (!(error instanceof HttpFailed) || error.status === undefined || error.transient) throw error;
  }
  const page = await fetchPage(`${base}/varz?raw`, options);
  const flags = flagsOf(page);
  if (flags.size === 0) throw new HttpFailed(`${base}/varz?raw`, 200, 'it lists no flags', false);
  return flags;
}

/** Flags of the text page. */
export function flagsOf(page: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of page.split('\n')) {
    const [, name, value = ''] = /^--([a-z0-9_]+)=(.*)$/s.exec(line) ?? [];
    if (name !== undefined) found.set(name, value.trimEnd());
  }
  return found;
}
