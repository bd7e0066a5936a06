import { z } from 'zod';
import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { cellsOf, jsonOf, linesOf } from '../read-output';
import { snapshotState, type SnapshotState } from './states';
import { given } from '../../../objects/given';

export interface ListedRestoration {
  id: string;
  state: SnapshotState;
  /** Not printed by 2.6. */
  snapshotId?: string;
}

const document = z.object({
  restorations: z.array(z.object({ id: z.string(), snapshot_id: z.string().optional(), state: z.string() })),
});

/**
 * Restorations that the masters remember. They may forget one, for instance when the master leader changes, so one that
 * is not listed has not necessarily ended. In 2.6 they are the lower half of `list_snapshots`.
 */
export const listSnapshotRestorations: Command<{ restorationId?: string }, ListedRestoration[]> = {
  name: 'list_snapshot_restorations',
  mutates: false,
  lists: true,
  // Never with an id: an unknown one makes the whole command fail.
  argv: (_input, release) => (release.listsRestorations ? ['list_snapshot_restorations'] : ['list_snapshots']),
  parse(stdout, release, { restorationId }) {
    const all = release.listsRestorations ? fromJson(stdout) : fromText(stdout);
    return restorationId === undefined ? all : all.filter(({ id }) => id === restorationId);
  },
};

function fromJson(stdout: string): ListedRestoration[] {
  return jsonOf(document, stdout, 'list of restorations').restorations.map(({ id, state, snapshot_id }) => ({
    id,
    state: snapshotState(state),
    ...given({ snapshotId: snapshot_id }),
  }));
}

function fromText(stdout: string): ListedRestoration[] {
  const rows = linesOf(stdout).map(cellsOf);
  const start = rows.findIndex(([first]) => first === 'Restoration UUID');
  if (start === -1) {
    if (/^(?:No snapshot restorations|Not show fully RESTORED entries)/m.test(stdout)) return [];
    throw new UnexpectedOutput('table of restorations', stdout, 'yb-admin list_snapshots');
  }
  return rows.slice(start + 1).map(([id = '', state = '']) => {
    if (!/^[A-Z]+$/.test(state))
      throw new UnexpectedOutput('state of a restoration', `${id} ${state}`, 'yb-admin list_snapshots');
    return { id, state: snapshotState(state) };
  });
}
