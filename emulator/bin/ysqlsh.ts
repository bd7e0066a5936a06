import { becomePgProgram } from './pg-program';
import { toolVersion } from '../tool-version';
import { asksVersion, settings } from './settings';

const argv = process.argv.slice(2);
if (asksVersion(argv)) process.stdout.write(`${toolVersion('ysqlsh', settings)}\n`);
else becomePgProgram('psql', argv);
