import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { scripts } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Says what it hears, as the stack's supervisor does. */
const STAND_IN = `
setInterval(() => undefined, 1000);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { console.log('heard ' + signal); process.exit(0); });
console.log('up');
`;

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('22.32: a %s to npm alone reaches the stack', async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'kalpa-npm-start-'));
    mkdirSync(join(folder, 'scripts'));
    writeFileSync(join(folder, 'scripts/start.mjs'), STAND_IN);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', scripts: { start: scripts['start'] } }));
    const npm = spawn('npm', ['start', '--silent', '--', '--no-tour'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own: the signal goes to npm and to nobody else
    });
    let said = '';
    try {
      const closed = once(npm, 'close');
      for await (const part of npm.stdout) {
        said += String(part);
        if (said === 'up\n') npm.kill(signal);
      }
      await closed;
      expect(said).toBe(`up\nheard ${signal}\n`);
    } finally {
      if (npm.pid !== undefined && said === 'up\n') process.kill(-npm.pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
