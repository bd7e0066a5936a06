import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { BACKUP_PHASES, CLONE_PHASES } from '../../src/contract';
import { contentOf, DEMO, seedDemo } from '../../stack/demo/demo-database';
import { FaultCluster } from '../support/cluster/fault-cluster';
import { slowIt } from '../support/matrix';
import { stackJson } from '../support/stack';
import { openBrowser, type Browser } from './browser';

const CLUSTER = 'orders-prod';

describe('the Temporal Web UI', () => {
  const { temporal } = stackJson();
  let browser: Browser | undefined;
  let cluster: FaultCluster;

  beforeAll(async () => {
    cluster = await FaultCluster.make({ name: CLUSTER }); // other tests change the schema of the common one
    await seedDemo(cluster.json);
    browser = await openBrowser(temporal.ui);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await cluster.stop();
  });

  it('starts a backup from queue, type and database alone, and shows its phases and its nodes', async () => {
    const { page, pictured } = browser!;
    await pictured(async () => {
      await startRun(page, 'backUpDatabase', { database: `ysql.${DEMO}` });
      const run = page.getByRole('main');
      await run.getByRole('status').getByText('Completed', { exact: true }).waitFor({ timeout: 90_000 });

      for (const { address } of cluster.json.tservers)
        await run.getByText(new RegExp(`^copy \\d+ tablets? from ${address}$`)).waitFor();

      await run.getByRole('tab', { name: 'User Metadata' }).click();
      const details = page.frameLocator('main iframe');
      await details.getByText(`Backup of ysql.${DEMO} on ${CLUSTER}`).waitFor();
      for (const phase of BACKUP_PHASES) await details.getByText(new RegExp(`✓ ${phase} `)).waitFor();
      for (const { address } of cluster.json.tservers)
        await details.getByText(new RegExp(`${address} .* 100%`)).waitFor();
      if (process.env['KALPA_SCREENSHOT'] === '1') await photograph(page);
    });
  }, 180_000);

  slowIt(
    'starts a recovery to a point in time from three fields, and shows the moment that it holds',
    async () => {
      const { page, pictured } = browser!;
      const database = `ysql.${DEMO}`;
      const enable = { database, every: '1 hour', keep: '1 day' };
      await (await cluster.start('enablePointInTimeRecovery', enable)).result();
      await pictured(async () => {
        await startRun(page, 'recoverToPointInTime', { database, ago: '0s', as: 'from_the_ui' });
        const run = page.getByRole('main');
        await run.getByRole('status').getByText('Completed', { exact: true }).waitFor({ timeout: 90_000 });
        await run.getByText(`clone ${database} at`).first().waitFor();
        await run.getByRole('tab', { name: 'User Metadata' }).click();
        const details = page.frameLocator('main iframe');
        await details.getByText(new RegExp(`Recovery of ${database} on ${CLUSTER} to 20.* as from_the_ui`)).waitFor();
        for (const phase of CLONE_PHASES) await details.getByText(new RegExp(`✓ ${phase} `)).waitFor();
      });
      await (await cluster.start('disablePointInTimeRecovery', { database })).result();
      expect(await contentOf(cluster.json, 'from_the_ui')).toEqual(await contentOf(cluster.json, DEMO));
    },
    180_000,
  );

  async function startRun(page: Page, type: string, input: object): Promise<void> {
    await page.goto(`${temporal.ui}/namespaces/${temporal.namespace}/workflows/start-workflow`);
    await fillAndStart(page, type, JSON.stringify(input));
  }
});

async function fillAndStart(page: Page, type: string, input: string): Promise<void> {
  const form = page.getByRole('main');
  await form.getByRole('button', { name: 'Random UUID' }).click();
  await form.getByRole('textbox', { name: 'Task Queue' }).fill(`kalpa/${CLUSTER}`);
  await form.getByRole('textbox', { name: 'Workflow Type' }).fill(type);
  await form.getByRole('textbox', { name: 'Data' }).fill(input);
  // Leaving the field reformats it, which moves the button away from under a click; so does the queue's state.
  await form.getByRole('textbox', { name: 'Data' }).blur();
  await form.getByText('Task Queue is Active').waitFor();
  await form.getByRole('button', { name: 'Start Workflow' }).click();
  await page.getByRole('link', { name: 'Workflow started successfully' }).click();
}

/** The README's picture. */
async function photograph(page: Page): Promise<void> {
  const path = join(__dirname, '../../docs/images/run.png');
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, clip: { x: 0, y: 0, width: 1400, height: 850 } });
}
