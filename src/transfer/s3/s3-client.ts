import http from 'node:http';
import https from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { defaultS3Timeouts, type S3Config } from './s3-config';
import { S3Receiver } from './s3-receiver';
import { given } from '../../objects/given';

/** A client for bulk transfer, and a way to close all of its connections. */
export interface BulkS3Client {
  client: S3Client;
  /** TLS protects the body, so the signature needs no second hash of it. */
  encrypted: boolean;
  close(): void;
}

// Kalpa supports Node 20 and pins this SDK, which runs on it; a warning in every process would hide real ones.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/**
 * The SDK without its traps: no `Expect: 100-continue` (a fresh connection for each part, which ignores the agent),
 * agents passed as instances, time-outs that really end a request, and none of the SDK's own retries, whose budget is
 * far too small for bulk transfer. Measured: docs of the transfer, "settings".
 */
export function bulkS3Client(config: S3Config): BulkS3Client {
  const timeouts = { ...defaultS3Timeouts, ...config.timeouts };
  const agentOptions = { keepAlive: true, maxSockets: 64, keepAliveMsecs: 1_000 };
  const httpAgent = new http.Agent(agentOptions);
  const httpsAgent = new https.Agent(config.ca === undefined ? agentOptions : { ...agentOptions, ca: config.ca });
  const client = new S3Client({
    region: config.region,
    ...given({ endpoint: config.endpoint, forcePathStyle: config.forcePathStyle, credentials: config.credentials }),
    expectContinueHeader: false,
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    // The manifest's SHA-256 verifies every byte that is read; ranges carry no checksum anyway.
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: new S3Receiver(
      new NodeHttpHandler({
        httpAgent,
        httpsAgent,
        connectionTimeout: timeouts.connectionMs,
        socketTimeout: timeouts.inactivityMs,
        requestTimeout: timeouts.requestMs,
        throwOnRequestTimeout: true,
      }),
      timeouts,
      config.ca,
    ),
  });
  return {
    client,
    encrypted: config.endpoint === undefined || config.endpoint.startsWith('https:'),
    close() {
      client.destroy();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}
