import type { Command } from '../command';
import { notSupported } from '../not-supported';
import { required } from '../read-output';

/**
 * Whether no tablet is being split any more; to be asked until true after `disableTabletSplitting`, before a snapshot.
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
