import type { Chain } from '../../../contract';

/** Who a dump is, the same for every step and every attempt. */
export interface DumpIdentity {
  dumpId: string;
  /** `ysql.orders`, or `ysql` for a whole cluster. */
  subject: string;
  chain: Chain;
  /** Start of the first run, RFC 3339. */
  startedAt: string;
}
