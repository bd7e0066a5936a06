// `npm start`: the embedded stack in the foreground, with the guided tour.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const child = spawn(process.execPath, [join(root, 'dist/stack/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The child gets Ctrl-C from the terminal itself; a signal to npm alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 130 : 1)));
