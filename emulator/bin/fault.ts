import { settings } from './settings';

const USAGE = `fault list | status | clear
fault ballast <database> <bytes> [files]
fault tserver <0|1|2> up|down
fault <action> <json>      restart-master, leader, replica, expire, disk, forget-restorations
fault <json>               arms a fault: {"name": "fail", "command": "list_snapshots", "text": "…", "nth": 2}
`;

async function main(): Promise<void> {
  const [what = 'help', ...rest] = process.argv.slice(2);
  if (what === 'help' || what === '--help') process.stdout.write(`The emulator's faults.\n${USAGE}`);
  else if (what === 'list') await send('GET', 'faults');
  else if (what === 'status') await send('GET', 'status');
  else if (what === 'clear') await send('DELETE', 'faults');
  else if (what === 'ballast')
    await send('POST', 'ballast', { database: rest[0], bytes: Number(rest[1]), files: Number(rest[2] ?? 1) });
  else if (what === 'tserver') await send('POST', 'tserver', { tserver: Number(rest[0]), alive: rest[1] === 'up' });
  else if (what.startsWith('{')) await send('POST', 'faults', JSON.parse(what) as object);
  else await send('POST', what, JSON.parse(rest[0] ?? '{}') as object);
}

async function send(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${settings.control}/${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  process.stdout.write(`${await response.text()}\n`);
  if (!response.ok) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`fault: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
