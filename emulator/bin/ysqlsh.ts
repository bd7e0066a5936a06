import { becomePgProgram } from './pg-program';
import { asksVersion, ysqlVersion } from './settings';

const argv = process.argv.slice(2);
if (asksVersion(argv)) process.stdout.write(`ysqlsh (PostgreSQL) ${ysqlVersion()}\n`);
else becomePgProgram('psql', argv);
