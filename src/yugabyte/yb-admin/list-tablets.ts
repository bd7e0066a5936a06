import { z } from 'zod';
import { UnexpectedOutput } from '../errors';
import type { Command } from './command';
import { HEX_ID, jsonOf, rowsAfter } from './read-output';
import { given } from '../../objects/given';

export type ReplicaRole = 'LEADER' | 'FOLLOWER' | 'READ_REPLICA' | 'LEARNER' | 'NON_PARTICIPANT' | 'UNKNOWN_ROLE';

export interface ListedTablet {
  id: string;
  /** Upper-case hexadecimal, empty: unbounded. Only if tablets are listed as JSON. */
  partitionStart?: string;
  partitionEnd?: string;
  /** RPC address; undefined while no leader is known. */
  leader?: { address: string; uuid?: string };
  /** Only if tablets are listed as JSON. */
  followers?: { address: string; uuid: string; role: ReplicaRole }[];
}

const replica = z.object({ uuid: z.string(), endpoint: z.string(), role: z.string() });
const document = z.object({
  tablets: z.array(
    z.object({
      id: z.string(),
      partition_key_start: z.string(),
      partition_key_end: z.string(),
      leader: replica.optional(),
      followers: z.array(replica).optional(),
    }),
  ),
});

/** Every tablet of one table (by id: names are not unique in YSQL), with followers if the release lists them. */
export const listTablets: Command<{ tableId: string }, ListedTablet[]> = {
  name: 'list_tablets',
  mutates: false,
  lists: true,
  // 0 = all; without it the list ends after ten
  argv: ({ tableId }, release) => [
    'list_tablets',
    `tableid.${tableId}`,
    '0',
    ...(release.listsTabletsAsJson ? ['JSON', 'include_followers'] : []),
  ],
  parse: (stdout, release) => (release.listsTabletsAsJson ? fromJson(stdout) : fromText(stdout)),
};

function fromJson(stdout: string): ListedTablet[] {
  return jsonOf(document, stdout, 'list of tablets').tablets.map((tablet) => ({
    id: tablet.id,
    partitionStart: tablet.partition_key_start.toUpperCase(),
    partitionEnd: tablet.partition_key_end.toUpperCase(),
    // If no leader is known, uuid and endpoint are empty; the role is LEADER nevertheless.
    ...(tablet.leader && tablet.leader.endpoint !== ''
      ? { leader: { address: tablet.leader.endpoint, uuid: tablet.leader.uuid } }
      : {}),
    ...(tablet.followers
      ? {
          followers: tablet.followers.map(({ uuid, endpoint, role }) => ({
            address: endpoint,
            uuid,
            role: replicaRole(role),
          })),
        }
      : {}),
  }));
}

/** `Tablet UUID` in 2.6, `Tablet-UUID` with a fourth column later; the range is debug text and is not parsed. */
function fromText(stdout: string): ListedTablet[] {
  const [header] = /^Tablet[ -]UUID/m.exec(stdout) ?? [];
  if (header === undefined) throw new UnexpectedOutput('table of tablets', stdout, 'yb-admin list_tablets');
  return rowsAfter(header, stdout).map(([id = '', , leader = '', uuid]) => {
    if (!HEX_ID.test(id)) throw new UnexpectedOutput('id of a tablet', id, 'yb-admin list_tablets');
    return { id, ...(leader === '' ? {} : { leader: { address: leader, ...given({ uuid }) } }) };
  });
}

/** Role of a replica; an unknown word becomes UNKNOWN_ROLE. */
export function replicaRole(word: string): ReplicaRole {
  const known: readonly ReplicaRole[] = ['LEADER', 'FOLLOWER', 'READ_REPLICA', 'LEARNER', 'NON_PARTICIPANT'];
  return known.find((role) => role === word) ?? 'UNKNOWN_ROLE';
}
