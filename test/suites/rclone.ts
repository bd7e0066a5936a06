import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed, startS3Server, type S3Access, type S3Server } from './s3-server';

/** Starts `rclone serve s3` over a folder and makes a bucket. It ignores conditional writes and checksums. */
export const startRclone = async (access?: S3Access): Promise<S3Server> =>
  await startS3Server(
    {
      name: 'rclone',
      program: installed('KALPA_RCLONE', 'test-venv', 'rclone'),
      variable: 'KALPA_RCLONE',
      async prepare(home, port, { credentials, others = [] }) {
        const folder = join(home, 'served');
        const config = join(home, 'rclone.conf');
        const keys = [credentials, ...others].map((one) => `"${one.accessKeyId},${one.secretAccessKey}"`);
        await mkdir(folder);
        await writeFile(config, '');
        return {
          args: ['serve', 's3', '--config', config, '--addr', `127.0.0.1:${port}`, folder],
          // Not as an option: command lines are readable by everybody on the machine.
          env: { RCLONE_AUTH_KEY: keys.join(',') },
        };
      },
    },
    access,
  );
