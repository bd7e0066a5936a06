import type { Command } from '../command';
import { notSupported } from '../failure';
import { required } from '../read-output';

/**
 * A lease: no tablet is split for this many milliseconds. It expires by itself and is renewed by calling again. Not in
 * 2.6, where the only protection is the check that a snapshot's tablets tile the key space.
 */
export const disableTabletSplitting: Command<{ leaseMs: number; feature: string }, { leaseMs: number }> = {
  name: 'disable_tablet_splitting',
  mutates: true,
  argv({ leaseMs, feature }, release) {
    if (!release.leasesTabletSplitting) throw notSupported('disable_tablet_splitting', release);
    return ['disable_tablet_splitting', String(leaseMs), feature];
  },
  parse(stdout, _release, { leaseMs }) {
    required(/^(Response:)/m, stdout, 'response'); // its content is empty
    return { leaseMs };
  },
};

/**
 * Whether no tablet is being split any more; after `disableTabletSplitting`, ask until true before taking a snapshot.
 */
export const isTabletSplittingComplete: Command<Record<string, never>, { complete: boolean }> = {
  name: 'is_tablet_splitting_complete',
  mutates: false,
  argv(_input, release) {
    if (!release.leasesTabletSplitting) throw notSupported('is_tablet_splitting_complete', release);
    return ['is_tablet_splitting_complete'];
  },
  parse: (stdout) => ({
    complete: required(/is_tablet_splitting_complete: (true|false)/, stdout, 'state of tablet splitting') === 'true',
  }),
};
