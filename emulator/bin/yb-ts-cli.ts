import { settings } from './settings';

/**
 * `yb-ts-cli --server_address=<host:port> set_flag [--force] <flag> <value> | current_hybrid_time | is_server_ready`;
 * flags are kept for the masters.
 */
async function main(): Promise<number> {
  const [operation, ...args] = process.argv
    .slice(2)
    .filter((arg) => !/^--?(?:server_address|certs_dir_name|timeout_ms)=|^--?force$/.test(arg));
  if (operation === 'current_hybrid_time') process.stdout.write(`${BigInt(Date.now()) * 1000n * 4096n}\n`);
  else if (operation === 'is_server_ready') process.stdout.write('Tablet server is ready\n');
  else if (operation === 'set_flag' && args.length === 2) {
    const response = await fetch(`${settings.control}/flag`, {
      method: 'POST',
      body: JSON.stringify({ name: args[0], value: args[1] }),
    });
    if (!response.ok) throw new Error(await response.text());
  } else if (operation !== 'refresh_flags') {
    process.stderr.write(`Invalid operation: ${operation ?? ''}\n`);
    return 1;
  }
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
