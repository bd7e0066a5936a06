import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error';
import type { ResolvedConfig } from './load-config';
import { kalpaConfigSchema, type KalpaConfig } from './schema';
import { given } from '../objects/given';

/** Where the repository is and how it is accessed. */
export interface StoreSettings {
  bucket: string;
  /** Without leading or trailing slashes; empty: the bucket's root. */
  prefix: string;
  region: string;
  endpoint?: string;
  forcePathStyle: boolean;
  sse?: { algorithm: 'AES256' | 'aws:kms'; keyId?: string };
  objectLock?: { mode: 'governance' | 'compliance'; days: number };
  /** PEM of a private certificate authority. */
  ca?: string;
  allowUnsafeStore: boolean;
  /** Only with the embedded stack; otherwise the AWS default chain is used. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/**
 * `repository:` of `kalpa.yaml`, in parts. Throws `ConfigurationError` when the certificate file can't be read. `role`:
 * whose keys of the embedded stack are used; readers leave it out.
 */
export function storeSettings(
  resolved: Pick<ResolvedConfig, 'config' | 'stack'>,
  role: 'reader' | 'control' | 'node' | 'janitor' = 'reader',
): StoreSettings {
  const { repository } = resolved.config;
  const [bucket = '', ...prefix] = repository.url.slice('s3://'.length).split('/');
  const keys = resolved.stack?.s3.roles?.[role] ?? resolved.stack?.s3;
  return {
    bucket,
    prefix: prefix.filter((part) => part !== '').join('/'),
    region: repository.region,
    forcePathStyle: repository.forcePathStyle ?? repository.endpoint !== undefined,
    allowUnsafeStore: repository.allowUnsafeStore ?? false,
    ...(repository.endpoint ? { endpoint: repository.endpoint } : {}),
    ...(repository.sse
      ? {
          sse: {
            algorithm: repository.sse.algorithm,
            ...(repository.sse.keyId ? { keyId: repository.sse.keyId } : {}),
          },
        }
      : {}),
    ...given({ objectLock: repository.objectLock }),
    ...(repository.caFile ? { ca: certificateOf(repository.caFile) } : {}),
    ...(keys ? { credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey } } : {}),
  };
}

/** A repository named on the command line, without a `kalpa.yaml`. */
export interface NamedRepository {
  url: string;
  region?: string | undefined;
  endpoint?: string | undefined;
  caFile?: string | undefined;
}

/**
 * Settings to read a repository named on a command line; the rest comes from the usual variables of AWS (`AWS_REGION`,
 * `AWS_ENDPOINT_URL_S3`), as its keys do. Throws `ConfigurationError`.
 */
export function settingsToBrowse(named: NamedRepository, env: NodeJS.ProcessEnv): StoreSettings {
  const region = named.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  const endpoint = named.endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const config = { url: named.url, ...given({ region, endpoint, caFile: named.caFile }) };
  const parsed = kalpaConfigSchema.shape.repository.safeParse(config);
  if (parsed.success) return storeSettings({ config: { repository: parsed.data } as KalpaConfig });
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} must be ${message}`);
  throw new ConfigurationError(`The repository ${named.url} can't be read: ${problems.join('; ')}.`, problems);
}

function certificateOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an error';
    throw new ConfigurationError(`The certificate file ${file} (repository.caFile) can't be read: ${code}.`);
  }
}
