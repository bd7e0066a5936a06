import { openServer } from '../../suites/open-server';
import { startRclone } from '../../suites/rclone';
import { describeStore } from '../../suites/store-suite';

describeStore('rclone serve s3', async () => await openServer(async () => await startRclone()), {
  findings: [
    'ignores create-if-absent (If-None-Match)',
    'accepts bytes with a wrong checksum (CRC32)',
    'ignores create-if-absent when a multipart upload is completed',
  ],
  breaks: [
    'keeps the first bytes when the same key is created twice',
    'lets one of twenty create the same key',
    'refuses bytes that do not have the checksum sent with them',
    'refuses a range of another object than the one asked for',
    'reports the checksum of assembled parts',
    'keeps the first bytes when an upload is completed over them',
    'refuses a part with a wrong checksum',
  ],
});
