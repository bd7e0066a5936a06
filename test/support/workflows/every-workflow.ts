import { operations } from '../../../src/contract';

/** A workflow type, with an input of it. */
export interface Case {
  type: string;
  input: object;
}

const examples = Object.entries(operations).map(([type, { example }]): Case => ({
  type,
  // Of these there is one lock for the whole cluster.
  input: type === 'dumpCluster' ? { ...example, whenBusy: 'wait' } : example,
}));
/** Each workflow type that is started by name, and the other ways that some of them take. */
export const CASES: readonly Case[] = [
  ...examples,
  {
    type: 'recoverToPointInTime',
    input: { database: 'ysql.orders', to: '2026-11-22T01:00:00Z', confirmDataLoss: 'ysql.orders' },
  },
  { type: 'restoreDatabase', input: { backup: 'ycql.orders-20261122T020000Z-3fa9c1', as: 'orders_copy' } },
  {
    type: 'expireSnapshot',
    input: {
      snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794',
      database: 'ysql.orders',
      at: '2026-11-22T01:00:00Z',
    },
  },
];

/** Stands in the names of a run's databases and ids, so that its steps, children and guardian are known. */
export const TAG = /c[0-9a-f]{7}/;
export const tagOf = (n: number): string => n.toString(16).padStart(8, 'c');
/** The case on a database of its own. */
export const tagged = (input: object, tag: string): object =>
  JSON.parse(
    JSON.stringify(input)
      .replaceAll('orders', `db_${tag}`)
      .replace(/"[0-9a-f]{8}(-[0-9a-f-]{27})"/g, `"${tag}$1"`),
  ) as object;
