import { block, code, MADE, page, table } from './markdown.mjs';
import { fieldsOf } from './schema-fields.mjs';

const SMALLEST = `cluster: orders-prod
masters: [yb-1.internal:7100, yb-2.internal:7100, yb-3.internal:7100]
ysql: { host: yb-1.internal, passwordFile: /run/secrets/ysql }
repository: { url: s3://company-backups/yugabyte, region: eu-west-1 }`;

const NODE = `node:
  address: yb-1.internal:9100
  dataDirs: [/mnt/d0, /mnt/d1]
  limits: { bytesPerSecond: 200MB, parallelism: 8 }`;

/** Every key of kalpa.yaml. */
export function configurationPage(schema) {
  const fields = fieldsOf(schema);
  const row = (field) => [
    code(field.name),
    field.type,
    field.required ? 'yes' : '',
    field.default === undefined ? '' : code(field.default),
    field.what,
  ];
  const head = ['key', 'must be', 'required', 'default', 'meaning'];
  const timing = ({ name }) => name === 'timing' || name.startsWith('timing.');
  return page(
    '# Configuration: kalpa.yaml',
    MADE,
    'The smallest one that works:',
    block('yaml', SMALLEST),
    'A node worker needs one more section:',
    block('yaml', NODE),
    'It is looked for in this order: `--config`, `KALPA_CONFIG`, `./kalpa.yaml`, the running embedded stack. Relative paths in it are relative to its folder. ' +
      'An unknown key is an error that names it and the closest valid one. In an optional group, `required` means: if the group is present.',
    'Never in this file: S3 credentials (they come from the AWS default chain: `AWS_*`, `~/.aws`, the instance role) and the address of Temporal ' +
      '(`temporal.toml` and `TEMPORAL_*`, as for the `temporal` command). `KALPA_UI` gives the address of the Temporal Web UI, so that links can be printed.',
    '## Keys',
    table(head, fields.filter((field) => !timing(field)).map(row)),
    '## Timing',
    'Defaults suit production. Durations are text: `500ms`, `90s`, `1h 5m`, `7 days`.',
    table(
      ['key', 'default', 'meaning'],
      fields
        .filter((field) => timing(field) && field.name !== 'timing')
        .map((field) => [code(field.name), code(field.default), field.what]),
    ),
  );
}
