import { readFileSync } from 'node:fs';
import { eachHistorySince, logsOf, logsOfOtherClusters, objectsSince, type Place } from '../support/searched-places';
import { stackJson, temporalClient } from '../support/stack';

/** Before any of these tests. */
const EVER = new Date(0);
/** Suites plant secrets with this name, and their small databases hold rows of customers with a number. */
const PLANTED = /planted-secret-[\w-]*/g;
const ROW = /customer [1-9]\d*\b/g;
/** The text of a database, which is secret and row: docs/security.md names these objects. */
const TEXT_OF_A_DATABASE = /\/(?:backups|dumps)\/[^/]+\/(?!manifest)/;

/**
 * Of the tests' own doing: refused and failed runs, parts that were taken away, and runs that were terminated under
 * their tasks.
 */
const EXPECTED = [
  / worker\b.*: (Activity|Workflow) failed /,
  / worker\b.*: Activity task timed out/,
  / worker\b.*: (Activity|Task) not found (on completion|when (completing|recording heartbeat))/,
];
/**
 * What Temporal's native core says of a server that answers late: it depends on the machine, and it calls again by
 * itself.
 */
const OF_THE_CONNECTION =
  / worker\b.*: (gRPC call \S+ retried|Error while polling|Task polling has encountered|Network error while|Error when recording heartbeat)/;

const stack = stackJson();

function secretsOfTheStack(): string[] {
  const key = readFileSync(stack.signing.privateKeyFile, 'utf8');
  const lines = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  return [stack.s3.secretAccessKey, ...lines];
}

const forbidden = secretsOfTheStack();
/** Where it stands and what: never more of the text than was found. */
function findings({ name, text }: Place): string[] {
  const found = [...(text.match(PLANTED) ?? []), ...(text.match(ROW) ?? [])];
  if (forbidden.some((secret) => text.includes(secret))) found.push('a key of the stack');
  return [...new Set(found)].map((what) => `${what} in ${name}`);
}

it('22.7: no history of any suite holds a secret or a row', async () => {
  const client = await temporalClient(stack);
  const found: string[] = [];
  let searched = 0;
  try {
    for await (const history of eachHistorySince(client, EVER)) {
      searched += 1;
      found.push(...findings(history));
    }
  } finally {
    await client.connection.close();
  }
  expect(found).toEqual([]);
  expect(searched).toBeGreaterThan(50);
}, 300_000);

it('22.7: no log of any worker holds a secret or a row', () => {
  const logs = [...logsOf(), ...logsOfOtherClusters()];
  expect(logs.flatMap(findings)).toEqual([]);
  expect(logs.some(({ name, text }) => name.includes('control') && text.length > 1_000)).toBe(true);
});

it('22.7: no record in the bucket holds a secret or a row', async () => {
  const records = await objectsSince(stack, EVER, (key) => !TEXT_OF_A_DATABASE.test(key));
  expect(records.flatMap(findings)).toEqual([]);
  expect(records.some(({ name }) => name.includes('/operations/'))).toBe(true);
}, 120_000);

it('22.31: what a worker of the common stack warns of is a failure of a run or of a part that a test has taken away', () => {
  const warnings = logsOf()
    .filter(({ name }) => name.includes('worker'))
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => / (WARN|ERROR) /.test(line) && !OF_THE_CONNECTION.test(line));
  const unexpected = warnings.filter((line) => !EXPECTED.some((message) => message.test(line)));
  // short, so that what they say is still there in a log that was cut
  expect([...new Set(unexpected.map((line) => line.replace(/^\S+ /, '').slice(0, 200)))].slice(0, 10)).toEqual([]);
  expect(warnings.length).toBeGreaterThan(0);
});
