import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../stack/free-ports';
import { installed, startS3Server, type S3Access, type S3Server } from './s3-server';

/** A real SeaweedFS of the test's own. */
export type Seaweedfs = S3Server;

const PORTS = [
  'master.port',
  'master.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'filer.port',
  'filer.port.grpc',
  's3.port.grpc',
];
const identity = ({ accessKeyId, secretAccessKey }: S3Access['credentials']) => ({
  identities: [
    {
      name: 'kalpa',
      credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }],
      actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
    },
  ],
});

/** Starts SeaweedFS and makes a bucket. */
export const startSeaweedfs = async (): Promise<Seaweedfs> =>
  await startS3Server({
    name: 'SeaweedFS',
    program: installed('KALPA_WEED', 'venv', 'weed'),
    variable: 'KALPA_WEED',
    async prepare(home, port, { credentials }) {
      const ports = await freePorts(PORTS.length);
      await writeFile(join(home, 's3.json'), JSON.stringify(identity(credentials)), { mode: 0o600 });
      return {
        args: [
          'server',
          `-dir=${home}`,
          '-ip=127.0.0.1',
          '-s3',
          `-s3.config=${join(home, 's3.json')}`,
          `-s3.port=${port}`,
          '-s3.port.iceberg=0',
          '-s3.port.lance=0',
          '-master.telemetry=false',
          '-master.volumeSizeLimitMB=256',
          '-volume.max=40',
          '-webdav=false',
          ...PORTS.map((name, i) => `-${name}=${ports[i]}`),
        ],
      };
    },
  });
