import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(__dirname, '../..');
const folder = join(root, 'deploy/systemd');
const page = readFileSync(join(root, 'docs/run-beside-your-cluster.md'), 'utf8');

/** Every line of `[Service]`, by its name. */
function service(name: string): Map<string, string[]> {
  const [, section = ''] = /^\[Service\]\n([\s\S]*?)^\[/m.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
  const found = new Map<string, string[]>();
  for (const [, key = '', value = ''] of section.matchAll(/^(\w+)=(.*)$/gm))
    found.set(key, [...(found.get(key) ?? []), value]);
  return found;
}
const units = readdirSync(folder);

it('there is a unit for each kind of worker', () => {
  expect(units).toEqual(['kalpa-control.service', 'kalpa-janitor.service', 'kalpa-node.service']);
});

describe.each(units)('%s', (name) => {
  const role = /^kalpa-(\w+)\.service$/.exec(name)?.[1] ?? '';
  const unit = service(name);
  const one = (key: string): string | undefined => unit.get(key)?.join(' ');

  it('starts a worker that exists, with the files that the page names', () => {
    const folder = role === 'janitor' ? '/etc/kalpa-janitor' : '/etc/kalpa';
    expect(one('ExecStart')).toBe(`/usr/bin/kalpa worker ${role} --config ${folder}/kalpa.yaml`);
    expect(one('EnvironmentFile')).toBe(`${folder}/environment`);
    expect(one('Restart')).toBe('always');
    expect(page).toContain(`\`${folder}/kalpa.yaml\``);
    expect(page).toContain(`\`${one('EnvironmentFile')}\``);
    expect(page).toContain(`\`${one('User')}\``);
  });

  it('23.12: sees a read-only system and gains nothing', () => {
    expect(Object.fromEntries([...unit].map(([key, values]) => [key, values.join(' ')]))).toMatchObject({
      ProtectSystem: 'strict',
      ProtectHome: role === 'janitor' ? 'true' : 'read-only',
      PrivateTmp: 'true',
      PrivateDevices: 'true',
      NoNewPrivileges: 'true',
      CapabilityBoundingSet: '',
      AmbientCapabilities: '',
      RestrictNamespaces: 'true',
      RestrictSUIDSGID: 'true',
      RestrictRealtime: 'true',
      LockPersonality: 'true',
      ProtectKernelTunables: 'true',
      ProtectKernelModules: 'true',
      ProtectKernelLogs: 'true',
      ProtectControlGroups: 'true',
      ProtectClock: 'true',
      ProtectHostname: 'true',
      ProtectProc: 'invisible',
      RestrictAddressFamilies: `AF_INET AF_INET6 AF_UNIX${role === 'janitor' ? '' : ' AF_NETLINK'}`,
      SystemCallArchitectures: 'native',
      SystemCallFilter: '@system-service ~@privileged',
      SystemCallErrorNumber: 'EPERM',
    });
    expect(['root', undefined]).not.toContain(one('User'));
  });

  it('23.12: does not forbid what a worker does', () => {
    expect(unit.has('MemoryDenyWriteExecute')).toBe(false); // V8 compiles
    expect(unit.has('PrivateNetwork')).toBe(false);
    // Shared memory of YSQL belongs to the same user.
    expect(unit.has('RemoveIPC')).toBe(role !== 'node');
  });
});

it('23.12: the node’s unit lets it write into the data directories of the page’s kalpa.yaml, whole, and nowhere else', () => {
  const [example = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, body = '']) => body);
  const { node } = parse(example) as { node: { dataDirs: string[] } };
  const paths = service('kalpa-node.service').get('ReadWritePaths');
  expect(paths).toEqual([node.dataDirs.join(' ')]);
  expect(page).toContain(`\`${paths?.[0]}\``);
  expect(service('kalpa-control.service').has('ReadWritePaths')).toBe(false);
});
