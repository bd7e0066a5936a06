import { join } from 'node:path';
import type { YugabyteConfig } from '../config';

/** Host of `host:port`, `[v6]:port` or a bare host. */
export function hostOf(address: string): string {
  const bracketed = /^(\[[^\]]*\])(?::\d+)?$/.exec(address);
  return bracketed?.[1] ?? address.replace(/:\d+$/, '');
}

/** Web addresses of the masters: as configured, otherwise each master's host with the default port. */
export function masterWebAddresses(config: YugabyteConfig): string[] {
  return config.http?.masters ?? config.masters.map((master) => `${hostOf(master)}:7000`);
}

/** Web address of a tserver for which the masters report none. */
export function defaultTserverWebAddress(config: YugabyteConfig, rpcAddress: string): string {
  return `${hostOf(rpcAddress)}:${config.http?.tserverPort ?? 9000}`;
}

/** Whether web pages use TLS: as configured, otherwise if the nodes use it between each other. */
export function usesHttps({ http, tls }: Pages): boolean {
  return http?.tls ?? tls !== undefined;
}

/** What certificates of web pages are verified against: as configured, otherwise the nodes' certificate authority. */
export function rootCertOfPages({ http, tls }: Pages): string | undefined {
  return http?.rootCert ?? (tls === undefined ? undefined : join(tls.certsDir, 'ca.crt'));
}

export function urlOf(config: Pages, address: string, path: string): string {
  return `${usesHttps(config) ? 'https' : 'http'}://${address}${path}`;
}

interface Pages {
  http?: { tls?: boolean | undefined; rootCert?: string | undefined } | undefined;
  tls?: { certsDir: string } | undefined;
}
