/** `fault list | clear | <json> | ballast <database> <bytes> [files] | tserver <0|1|2> up|down` */
async function main(): Promise<void> {
  const [what = 'list', ...rest] = process.argv.slice(2);
  const send = async (method: string, path: string, body?: object): Promise<void> => {
    const response = await fetch(`${process.env['EMULATOR_CONTROL'] ?? ''}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    process.stdout.write(`${await response.text()}\n`);
    if (!response.ok) process.exitCode = 1;
  };
  if (what === 'list') await send('GET', '/faults');
  else if (what === 'clear') await send('DELETE', '/faults');
  else if (what === 'ballast')
    await send('POST', '/ballast', { database: rest[0], bytes: Number(rest[1]), files: Number(rest[2] ?? 1) });
  else if (what === 'tserver') await send('POST', '/tserver', { tserver: Number(rest[0]), alive: rest[1] === 'up' });
  else await send('POST', '/faults', JSON.parse(what) as object);
}

main().catch((error: unknown) => {
  process.stderr.write(`fault: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
