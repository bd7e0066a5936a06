import { KalpaClient } from 'kalpa';
import { Client } from 'pg';
import { migrationService } from './service';

/** `CLUSTER=orders-prod PORT=8080 node main.js`; Temporal from `temporal.toml` and `TEMPORAL_*`, SQL from `PG*`. */
async function main(): Promise<void> {
  const { CLUSTER: cluster, PORT: port = '8080', KALPA_UI: ui } = process.env;
  if (cluster === undefined) throw new Error("CLUSTER is not set: the cluster's name, as in its workers' kalpa.yaml.");
  const kalpa = await KalpaClient.connect({ cluster, ...(ui === undefined ? {} : { ui }) });
  const service = migrationService(kalpa, async (database, sql) => {
    const client = new Client({ database: database.replace(/^ysql\./, '') });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  });
  service.listen(Number(port), '127.0.0.1', () => console.log(`migration service on http://127.0.0.1:${port}`));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
