import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

const MAX_CONCURRENCY = 8;

/** The whole history of every run that began since, with payloads as text, one after the other. */
export async function* eachHistorySince(client: Client, since: Date): AsyncGenerator<Place> {
  const executions = client.workflow
    .list({ query: `StartTime >= '${since.toISOString()}'` })
    .intoHistories({ concurrency: MAX_CONCURRENCY });
  for await (const { workflowId, history } of executions) {
    const bytes = temporal.api.history.v1.History.encode(history as temporal.api.history.v1.IHistory).finish(); // JSON payloads stand in it as they are
    yield { name: `history of ${workflowId}`, text: Buffer.from(bytes).toString('latin1') };
  }
}

export async function historiesSince(client: Client, since: Date): Promise<Place[]> {
  const places: Place[] = [];
  for await (const place of eachHistorySince(client, since)) places.push(place);
  return places;
}

/** Every object of the bucket that was written since, unpacked; `wanted`: of which keys. */
export async function objectsSince(
  { s3 }: StackJson,
  since: Date,
  wanted: (key: string) => boolean = () => true,
): Promise<Place[]> {
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
        if (!wanted(Key)) continue;
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

const stackFolder = (): string => dirname(process.env['KALPA_TEST_STACK'] ?? '');

/** Every log of the stack but the database's own, which holds the statements that it refused. */
export const logsOf = (): Place[] => logsIn(join(stackFolder(), 'logs'));

/** Every log of the clusters that tests have made for themselves. */
export function logsOfOtherClusters(): Place[] {
  const clusters = process.env['KALPA_TEST_CLUSTERS'] ?? join(stackFolder(), 'clusters');
  const ended = join(clusters, 'logs-of-ended');
  const folders = existsSync(ended) ? readdirSync(ended).map((name) => join(ended, name)) : [];
  return [{ name: 'log host', text: readFileSync(join(clusters, 'host.log'), 'latin1') }, ...folders.flatMap(logsIn)];
}

function logsIn(folder: string): Place[] {
  const files = readdirSync(folder).filter((file) => file !== 'postgres.log');
  return files.map((file) => ({ name: `log ${file} of ${folder}`, text: readFileSync(join(folder, file), 'latin1') }));
}
