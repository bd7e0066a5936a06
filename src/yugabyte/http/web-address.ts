import type { YugabyteConfig } from '../config';

/** Host of `host:port`, `[v6]:port` or a bare host. */
export function hostOf(address: string): string {
  const bracketed = /^(\[[^\]]*\])(?::\d+)?$/.exec(address);
  return bracketed?.[1] ?? address.replace(/:\d+$/, '');
}

/** Web addresses of the masters: as configured, else each master's host with the default port. */
export function masterWebAddresses(config: YugabyteConfig): string[] {
  return config.http?.masters ?? config.masters.map((master) => `${hostOf(master)}:7000`);
}

/** Web address of a tserver that the masters do not tell one for. */
export function defaultTserverWebAddress(config: YugabyteConfig, rpcAddress: string): string {
  return `${hostOf(rpcAddress)}:${config.http?.tserverPort ?? 9000}`;
}

export function urlOf(config: YugabyteConfig, address: string, path: string): string {
  return `${config.http?.tls ? 'https' : 'http'}://${address}${path}`;
}
