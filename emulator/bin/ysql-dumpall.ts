import { writeFileSync } from 'node:fs';
import { pgDumpArguments, withoutEmulator } from './dump-text';
import { runPgProgram } from './pg-program';

const argv = process.argv.slice(2);
if (argv.includes('--version') || argv.includes('-V')) {
  process.stdout.write(`ysql_dumpall (PostgreSQL) 15.2-YB-${process.env['EMULATOR_RELEASE'] ?? ''}-emulator\n`);
} else {
  const { args, file } = pgDumpArguments(argv);
  runPgProgram('pg_dumpall', args, (dump) => {
    const text = withoutEmulator(dump);
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
  }).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`ysql_dumpall: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
