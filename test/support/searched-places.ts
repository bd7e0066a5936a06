import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { StackJson } from '../../stack/stack-json';

/** A place that may hold what it should not, as text. */
export interface Place {
  name: string;
  text: string;
}

/** The whole history of every run that began since, with payloads as text. */
export async function historiesSince(client: Client, since: Date): Promise<Place[]> {
  const places: Place[] = [];
  for await (const { workflowId, runId } of client.workflow.list({
    query: `StartTime >= '${since.toISOString()}'`,
  })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const bytes = temporal.api.history.v1.History.encode(history).finish(); // JSON payloads stand in it as they are
    places.push({ name: `history of ${workflowId}`, text: Buffer.from(bytes).toString('latin1') });
  }
  return places;
}

/** Every object of the bucket that was written since, unpacked. */
export async function objectsSince({ s3 }: StackJson, since: Date): Promise<Place[]> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  const places: Place[] = [];
  try {
    let more: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: s3.bucket, Prefix: s3.prefix, ContinuationToken: more }),
      );
      for (const { Key = '', LastModified } of page.Contents ?? []) {
        // the store's times are whole seconds
        if (LastModified && LastModified.getTime() < since.getTime() - 1_000) continue;
        const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key }));
        const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
        const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
        places.push({ name: `object ${Key}`, text: text.toString('latin1') });
      }
      more = page.NextContinuationToken;
    } while (more !== undefined);
  } finally {
    client.destroy();
  }
  return places;
}

/** Every log of the stack but the database's own, which holds the statements that it refused. */
export function logsOf(): Place[] {
  const folder = join(dirname(process.env['KALPA_TEST_STACK'] ?? ''), 'logs');
  const files = readdirSync(folder).filter((file) => file !== 'postgres.log');
  return files.map((file) => ({
    name: `log ${file}`,
    text: readFileSync(join(folder, file), 'latin1'),
  }));
}
