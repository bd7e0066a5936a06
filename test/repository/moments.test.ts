import { detailBackups, listBackups } from '../../src/repository';
import { forgedHeader, forgeManifest, ForgedBucket, idAt } from '../security/bucket/forger';
import { ours } from '../security/bucket/record-kinds';

const ID = idAt('20261122T020007Z');
const [TABLE] = forgedHeader(ID).tables;
const recoveryPoint = '2026-11-22T02:00:09.123456Z';
const history = { from: '2026-11-22T01:45:00.000000Z', to: recoveryPoint, because: 'a schedule {every "1h"}' };

it.each([
  ['of a small manifest', 1, history, history.from],
  ['of a large one, without reading it', 2_000, history, history.from],
  ['of one that carries no history', 2_000, undefined, recoveryPoint],
])('26.6: a list tells the moments that a backup can be restored to, %s', async (_, tables, carried, from) => {
  const bucket = new ForgedBucket();
  const header = forgedHeader(ID, {
    ...{
      recoveryPoint,
      tables: Array.from({ length: tables }, (__, n) => ({
        ...TABLE!,
        ...(n > 0 ? { id: String(n).padStart(32, '0') } : {}),
        name: `table_${n}`,
      })),
    },
    ...(carried ? { history: carried } : {}),
  });
  forgeManifest(bucket, header, { by: ours });
  const reader = bucket.repository(ours.reader);
  for await (const one of detailBackups(reader, await listBackups(reader)))
    expect(one.moments).toEqual({ from, to: recoveryPoint });
  if (tables > 1) expect(bucket.bytesRead).toBeLessThan(64 * 1024);
});
