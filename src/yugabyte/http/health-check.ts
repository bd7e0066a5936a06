import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';

export const healthCheckDocument = z.object({ failed_tablets: z.array(z.string()).default([]) });

/** Ids of the failed tablets on one tserver. */
export async function readHealthCheck(base: string, options: PageOptions): Promise<{ failedTablets: string[] }> {
  const { failed_tablets: failedTablets } = await jsonPage(`${base}/api/v1/health-check`, healthCheckDocument, options);
  return { failedTablets };
}
