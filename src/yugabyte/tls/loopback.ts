import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether a connection to `host` never leaves this machine. True only if its form leaves no doubt: a name other than
 * `localhost`, or a list of hosts as libpq accepts it, may lead anywhere.
 */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name.startsWith('/')) return true; // a path: a Unix socket's folder
  const family = isIP(name);
  return family !== 0 && loopback.check(name, family === 4 ? 'ipv4' : 'ipv6'); // IPv4 in IPv6 is checked as IPv4
}
