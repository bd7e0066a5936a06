import { installed, startS3Server, type S3Server } from './s3-server';

/** Starts MiniStack's S3, which keeps everything in memory and lets everybody in, and makes a bucket. */
export const startMinistack = async (): Promise<S3Server> =>
  await startS3Server({
    name: 'MiniStack',
    program: installed('KALPA_MINISTACK', 'test-venv', 'ministack'),
    variable: 'KALPA_MINISTACK',
    prepare: async (home, port) =>
      await Promise.resolve({
        args: [],
        env: { GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', SERVICES: 's3', TMPDIR: home },
      }),
  });
