import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether a connection to `host` never leaves this machine. Only what is certain by its form: a name other than
 * `localhost`, and a list of hosts as libpq takes it, may lead anywhere.
 */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name.startsWith('/')) return true; // a folder: of a Unix socket
  const family = isIP(name);
  return family !== 0 && loopback.check(name, family === 4 ? 'ipv4' : 'ipv6'); // IPv4 in IPv6 is checked as IPv4
}
