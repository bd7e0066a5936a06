import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';
import { given } from '../../objects/given';

export interface ServerVersion {
  /** `2025.1.1.0` */
  release: string;
  build?: string;
}

export const versionDocument = z.object({ version_number: z.string(), build_number: z.string().optional() });

/** Release of a running master or tserver, which may differ from that of the client tools. */
export async function readVersion(base: string, options: PageOptions): Promise<ServerVersion> {
  const { version_number: release, build_number: build } = await jsonPage(
    `${base}/api/v1/version`,
    versionDocument,
    options,
  );
  return { release, ...given({ build }) };
}
