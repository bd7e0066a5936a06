import type { YugabyteConfig } from './config';
import type { ListedWebTserver } from './http/tablet-servers';
import { defaultTserverWebAddress, hostOf } from './http/web-address';
import type { ListedTserver } from './yb-admin/universe/list-all-tablet-servers';

export interface Tserver {
  uuid: string;
  /** RPC address as the masters list it. */
  address: string;
  /** Web address. */
  http: string;
  alive: boolean;
  /** Seconds since its last heartbeat, as yb-admin prints it. */
  heartbeatSeconds: number;
  /** Free bytes of its data paths together, and of the fullest one; undefined if the masters do not report them. */
  freeBytes?: number;
  smallestFreeBytes?: number;
  zone: string;
  /** Placement uuid of its cluster; empty if none is set. */
  placement: string;
}

/**
 * Every tserver with both its addresses. yb-admin lists uuid and RPC address, the web page the web address: they are
 * joined by uuid if the page reports it, otherwise by host if that is unambiguous; otherwise the configured port is
 * assumed.
 */
export function joinTservers(
  config: YugabyteConfig,
  listed: readonly ListedTserver[],
  web: readonly ListedWebTserver[],
): Tserver[] {
  return listed
    .filter((one): one is ListedTserver & { address: string } => one.address !== undefined)
    .map((one) => {
      const page = pageOf(one, listed, web);
      const free = (page?.disks ?? []).map(({ totalBytes, usedBytes }) => Math.max(0, totalBytes - usedBytes));
      return {
        uuid: one.uuid,
        address: one.address,
        http: page?.web ?? defaultTserverWebAddress(config, one.address),
        alive: one.status === 'ALIVE',
        heartbeatSeconds: one.heartbeatSeconds,
        ...(free.length === 0
          ? {}
          : { freeBytes: free.reduce((sum, bytes) => sum + bytes, 0), smallestFreeBytes: Math.min(...free) }),
        zone: page?.zone ?? '',
        placement: page?.placement ?? '',
      };
    });
}

function pageOf(
  one: ListedTserver & { address: string },
  listed: readonly ListedTserver[],
  web: readonly ListedWebTserver[],
): ListedWebTserver | undefined {
  const byUuid = web.find(({ uuid }) => uuid === one.uuid);
  if (byUuid) return byUuid;
  const host = hostOf(one.address);
  const onHost = web.filter((page) => page.uuid === undefined && hostOf(page.web) === host);
  const listedOnHost = listed.filter(({ address }) => address !== undefined && hostOf(address) === host);
  if (onHost.length !== listedOnHost.length) return undefined;
  // Several tservers on one host: RPC and web ports were assigned in the same order.
  const order = listedOnHost.map(({ address }) => portOf(address ?? '')).sort((a, b) => a - b);
  const pages = [...onHost].sort((a, b) => portOf(a.web) - portOf(b.web));
  return pages[order.indexOf(portOf(one.address))];
}

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1] ?? 0);
}
