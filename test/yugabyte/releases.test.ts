import { CAPABILITIES, capabilitiesOf, compareVersions, has, RECOGNISED } from '../../src/yugabyte/releases';
import { UnknownVersion } from '../../src/yugabyte/errors';
import { releaseOf } from '../../src/yugabyte/yb-admin/version';

describe('what a release can do', () => {
  it.each([
    ['2.6', '2.6'],
    ['2.6.20.0', '2.6'],
    ['2.7.1.0', '2.6'],
    ['2.8.0.0', '2.8'],
    ['2.12.9.0', '2.8'],
    ['2.14.17.0', '2.14'],
    ['2.20.1.3', '2.19'],
    ['2.21.1.0', '2024.1'],
    ['2.25.2.0', '2025.1'],
    ['2.29.0.0', '2026.1'],
    ['2024.2.3.1', '2024.1'],
    ['2025.1.0.0', '2025.1'],
    ['2025.2.0.0', '2025.1'],
    ['2031.1.0.0', '2026.1'],
  ])('%s is of the family of %s', (release, since) => expect(capabilitiesOf(release).since).toBe(since));

  it.each([
    ['editsSchedules', ['2.15.3.0', '2.16.0.0', '2.20.1.0', '2024.1.0.0'], ['2.6.20.0', '2.14.17.0', '2.15.2.1']],
    ['listsNamespaces', ['2.17.2.0', '2.18.0.0', '2024.2.0.0'], ['2.6.20.0', '2.16.9.0', '2.17.1.0']],
    ['takesRetention', ['2.21.0.0', '2024.1.0.0', '2025.2.0.0'], ['2.6.20.0', '2.20.7.0']],
    ['clonesDatabases', ['2.23.0.0', '2024.2.0.0'], ['2.20.7.0', '2.21.0.0', '2024.1.0.0']],
    ['catalogVersionOfDatabase', ['2.29.0.0', '2026.1.0.0', '2.31.0.0'], ['2.25.1.0', '2025.2.1.0', '2024.2.0.0']],
  ] as const)('24.2: %s', (capability, withIt, without) => {
    expect(withIt.filter((release) => !capabilitiesOf(release)[capability])).toEqual([]);
    expect(without.filter((release) => capabilitiesOf(release)[capability])).toEqual([]);
  });

  it('comes to an older branch later', () => {
    const from = ['2.21.0.0', '2.20.3.0', '2.18.9.0'] as const;
    expect(['2.20.3.0', '2.20.4.1', '2.18.9.0', '2024.1.0.0'].filter((release) => !has(release, from))).toEqual([]);
    expect(['2.20.2.0', '2.19.9.0', '2.18.8.0', '2.6.20.0'].filter((release) => has(release, from))).toEqual([]);
  });

  it('says of each fact where it is from and what is done without it', () => {
    for (const { from, source, without } of Object.values({ ...CAPABILITIES, ...RECOGNISED })) {
      expect([source, without]).not.toContain('');
      for (const release of from) expect(release).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    }
  });

  it.each(['2.4.8.0', '1.3.1.0', 'unknown', ''])('"%s" is unknown, and the message says what to use', (release) => {
    expect(() => capabilitiesOf(release)).toThrow(UnknownVersion);
    expect(() => capabilitiesOf(release)).toThrow(/Use the client tools of YugabyteDB 2\.6 or newer/);
  });

  it('is read from the texts that yb-admin and the emulator print', () => {
    expect(releaseOf('yb-admin version 2025.1.1.0 build 0 emulator')).toBe('2025.1.1.0');
    expect(releaseOf('version 2.6.20.0 build 3 revision 8b5f')).toBe('2.6.20.0');
    expect(() => releaseOf('flag provided but not defined')).toThrow(UnknownVersion);
  });
});

describe('releases in their order', () => {
  it('are compared by numbers, not by text', () => {
    expect(compareVersions('2.14.0.0', '2.6.0.0')).toBeGreaterThan(0);
    expect(compareVersions('2025.1', '2025.1.0.0')).toBe(0);
    expect(compareVersions('2025.1.1.0-b100', '2025.1.1.0')).toBe(0);
  });

  it('have the preview releases before the stable release of the same code', () => {
    const order = [
      '2.6.20.0',
      '2.20.9.0',
      '2.21.0.0',
      '2024.1.4.0',
      '2.23.1.0',
      '2024.2.3.0',
      '2.25.2.0',
      '2025.1.0.0',
    ];
    const later = ['2.27.0.0', '2025.2.1.0', '2.29.0.0', '2026.1.0.0', '2.31.0.0', '2026.2.0.0', '2027.1.0.0'];
    const all = [...order, ...later];
    expect([...all].reverse().sort(compareVersions)).toEqual(all);
  });
});
