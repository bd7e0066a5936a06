import { runPgProgram } from './pg-program';

const args = process.argv.slice(2);
if (args.includes('--version') || args.includes('-V')) {
  process.stdout.write(
    `ysqlsh (PostgreSQL) ${process.env['EMULATOR_DIALECT'] === '2.6' ? '11.2' : '15.2'}-YB-${process.env['EMULATOR_RELEASE'] ?? ''}-emulator\n`,
  );
} else {
  runPgProgram('psql', args).then((code) => {
    process.exitCode = code;
  }, fail);
}

function fail(error: unknown): void {
  process.stderr.write(`ysqlsh: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
