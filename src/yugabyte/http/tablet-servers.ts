import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';
import { given } from '../../objects/given';

export interface ListedWebTserver {
  /** Web address `host:port`. */
  web: string;
  /** Not reported by older versions. */
  uuid?: string;
  status: 'ALIVE' | 'DEAD' | 'UNKNOWN';
  /** `cloud.region.zone` */
  zone: string;
  /** Disk space for each data path; empty if the page does not report it. */
  disks: { path: string; usedBytes: number; totalBytes: number }[];
  /** Placement uuid of the cluster it belongs to (primary or read replica); empty if none is set. */
  placement: string;
}

const server = z.object({
  status: z.string(),
  permanent_uuid: z.string().optional(),
  cloud: z.string().default(''),
  region: z.string().default(''),
  zone: z.string().default(''),
  path_metrics: z
    .array(z.object({ path: z.string(), space_used: z.number(), total_space_size: z.number() }))
    .default([]),
});
export const tabletServersDocument = z.record(z.string(), z.record(z.string(), server));

/** Tservers as listed on the leading master's web page, keyed there by placement and web address. */
export async function readTabletServers(base: string, options: PageOptions): Promise<ListedWebTserver[]> {
  const placements = await jsonPage(`${base}/api/v1/tablet-servers`, tabletServersDocument, options);
  return Object.entries(placements).flatMap(([placement, servers]) =>
    Object.entries(servers).map(([web, one]) => ({
      web,
      ...given({ uuid: one.permanent_uuid }),
      status: statusOf(one.status),
      zone: [one.cloud, one.region, one.zone].filter((part) => part !== '').join('.'),
      disks: one.path_metrics.map((disk) => ({
        path: disk.path,
        usedBytes: disk.space_used,
        totalBytes: disk.total_space_size,
      })),
      placement,
    })),
  );
}

/** "ALIVE" and "DEAD", in some versions followed by more words. */
function statusOf(text: string): ListedWebTserver['status'] {
  return text.startsWith('ALIVE') ? 'ALIVE' : text.startsWith('DEAD') ? 'DEAD' : 'UNKNOWN';
}
