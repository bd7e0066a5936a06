import { InvalidArgumentError } from 'commander';
import { bytesText, countText } from '../../objects/texts';
import type { SimulatedMonth } from '../../retention';
import { widthOf } from '../core/fit-text';
import { modules } from '../core/modules';
import { withCatalogue } from '../core/open-catalogue';
import type { Session } from '../core/session';
import { fitToContents, Table, type Column } from '../core/table';

const DAY_MS = 86_400_000;
/** Beyond this the figures mean nothing. */
const MAX_MS = 20 * 365 * DAY_MS;

/**
 * `1y` and `6 months`: the contract has no such durations, since their length varies; here an approximation will do.
 */
export function simulatedMs(text: string): number {
  const [, n = '', unit = ''] = /^\s*(\d{1,3})\s*(y|years?|months?)\s*$/i.exec(text) ?? [];
  const ms =
    n === ''
      ? modules.contract().durationMs(text)
      : Math.round(Number(n) * (unit.toLowerCase().startsWith('y') ? 365 : 365 / 12) * DAY_MS);
  if (ms === undefined || ms < 1 || ms > MAX_MS)
    throw new InvalidArgumentError('It must be a time of at most 20 years, such as 1y, 6 months or 90 days.');
  return ms;
}

/**
 * Shows the future as a table, from the bucket alone; changes nothing. Uses the policies of this `kalpa.yaml` if it has
 * any, since the next retention run will record those, otherwise those in the bucket.
 */
export async function simulateRetention(session: Session, forMs: number, database: string | undefined): Promise<void> {
  await withCatalogue(session, undefined, async (catalogue) => {
    const input = await catalogue.forPlan(database);
    const policies = session.config().config.policies ?? input.policies;
    const months = modules.retention().simulate({ ...input, policies }, forMs);
    session.print({ months }, () =>
      [
        new Table(fitToContents(months, COLUMNS), widthOf(session.io.stdout)).text(months),
        'Assuming that backups continue as before. Bytes are those that they uploaded: deleted objects that other backups need are kept longer.',
      ].join('\n'),
    );
  });
}

const COLUMNS: Column<SimulatedMonth>[] = [
  { title: 'MONTH', of: ({ month }) => month },
  { title: 'BACKUPS', of: ({ backups }) => countText(backups) },
  { title: 'BYTES', of: ({ bytes }) => bytesText(bytes) },
];
