import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';

/** Counters of one tablet replica since its tserver started. */
export interface TabletWrites {
  tablet: string;
  /**
   * Increases with each applied write, including provisional writes of transactions; not with snapshots, reads or
   * elections.
   */
  written: number;
  /** Transactions with pending provisional writes: their end changes rows without another write. */
  open: number;
}

const document = z.array(
  z.object({
    type: z.string(),
    id: z.string(),
    metrics: z.array(z.object({ name: z.string(), value: z.number().optional() })),
  }),
);

/**
 * From the metrics page that tservers have in every release: `rows_inserted` (tablet_metrics.cc; tablet.cc counts the
 * pairs of each write operation, on the leader and on its followers) and `transactions_running`
 * (transaction_participant.cc). Tablets that lack either are left out.
 */
export async function readTabletWrites(base: string, options: PageOptions): Promise<TabletWrites[]> {
  const entities = await jsonPage(`${base}/metrics?metrics=rows_inserted,transactions_running`, document, options);
  return entities.flatMap(({ type, id, metrics }) => {
    const valueOf = (wanted: string): number | undefined => metrics.find(({ name }) => name === wanted)?.value;
    const [written, open] = [valueOf('rows_inserted'), valueOf('transactions_running')];
    return type === 'tablet' && written !== undefined && open !== undefined ? [{ tablet: id, written, open }] : [];
  });
}
