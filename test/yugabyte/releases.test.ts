import { compareVersions, capabilitiesOf } from '../../src/yugabyte/releases';
import { UnknownVersion } from '../../src/yugabyte/errors';
import { releaseOf } from '../../src/yugabyte/yb-admin/version';

describe('the dialect of a release', () => {
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
    ['2024.2.3.1', '2024.1'],
    ['2025.1.0.0', '2025.1'],
    ['2025.2.0.0', '2025.1'],
    ['2031.1.0.0', '2026.1'],
  ])('%s is that of %s', (release, since) => expect(capabilitiesOf(release).since).toBe(since));

  it.each(['2.4.8.0', '1.3.1.0', 'unknown', ''])('"%s" is unknown, and the message says what to use', (release) => {
    expect(() => capabilitiesOf(release)).toThrow(UnknownVersion);
    expect(() => capabilitiesOf(release)).toThrow(/Use the client tools of YugabyteDB 2\.6 or newer/);
  });

  it('is read from the texts that yb-admin and the emulator print', () => {
    expect(releaseOf('yb-admin version 2025.1.1.0 build 0 emulator')).toBe('2025.1.1.0');
    expect(releaseOf('version 2.6.20.0 build 3 revision 8b5f')).toBe('2.6.20.0');
    expect(() => releaseOf('flag provided but not defined')).toThrow(UnknownVersion);
  });

  it('compares numbers, not text', () => {
    expect(compareVersions('2.14.0.0', '2.6.0.0')).toBeGreaterThan(0);
    expect(compareVersions('2025.1', '2025.1.0.0')).toBe(0);
    expect(compareVersions('2025.1.1.0-b100', '2025.1.1.0')).toBe(0);
  });
});
