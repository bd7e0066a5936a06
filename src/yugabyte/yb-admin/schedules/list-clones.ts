import { z } from 'zod';
import type { Command } from '../command';
import { notSupported } from '../failure';
import { jsonOf } from '../read-output';
import { given } from '../../../objects/given';

export interface ListedClone {
  sequence: string;
  target: string;
  /** COMPLETE and ABORTED are final; a YSQL clone is RESTORED shortly before COMPLETE. */
  state: string;
  /** Why it was aborted. */
  reason?: string;
}

const document = z.array(
  z.object({
    aggregate_state: z.string(),
    seq_no: z.string(),
    target_namespace_name: z.string().default(''),
    abort_message: z.string().optional(),
  }),
);

/** Clones of a database. SQL has reported success for a clone that failed (#22764): this list decides. */
export const listClones: Command<{ namespaceId: string }, ListedClone[]> = {
  name: 'list_clones',
  mutates: false,
  lists: true,
  argv({ namespaceId }, release) {
    if (!release.clonesDatabases) throw notSupported('list_clones', release);
    return ['list_clones', namespaceId];
  },
  parse: (stdout) =>
    jsonOf(document, stdout, 'list of clones').map((one) => ({
      sequence: one.seq_no,
      target: one.target_namespace_name,
      state: one.aggregate_state,
      ...given({ reason: one.abort_message }),
    })),
};
