import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftovers } from '../support/cluster/cluster-state';
import { conform, named, notWell, started } from '../support/cluster/conform';
import { FaultCluster } from '../support/cluster/fault-cluster';

it.each(['2.6', '2025.1'] as const)(
  '24: kalpa conformance, whole: every chapter on the wide database, the colocated one and the keyspace of %s',
  async (dialect) => {
    const out = mkdtempSync(join(tmpdir(), 'conformance-'));
    const cluster = await FaultCluster.make({ without: [0], dialect });
    try {
      const { code, output, report } = await conform(cluster, out);
      expect({ code, not: notWell(report()), output }).toMatchObject({ code: 0, not: [] });
      for (const chapter of ['restore', 'dumps'])
        expect(report().steps.filter((one) => one.chapter === chapter && one.step.startsWith('compare '))).toHaveLength(
          3,
        );
      expect(await named(cluster)).toEqual([]);
      expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
    } finally {
      for (const child of started.splice(0)) child.kill('SIGKILL');
      await cluster.stop();
      rmSync(out, { recursive: true, force: true });
    }
  },
  1_200_000,
);
