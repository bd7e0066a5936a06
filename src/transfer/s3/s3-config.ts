/** Where the repository is, and how to talk to it. Credentials come from the AWS default chain unless given. */
export interface S3Config {
  bucket: string;
  /** Without leading or trailing slashes; empty: the bucket's root. */
  prefix: string;
  region: string;
  /** `https://s3.example.com`; without one, AWS. */
  endpoint?: string | undefined;
  forcePathStyle?: boolean | undefined;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
  /** PEM of a private certificate authority. */
  ca?: string | undefined;
  sse?: { algorithm: 'AES256' | 'aws:kms'; keyId?: string | undefined } | undefined;
  timeouts?: Partial<S3Timeouts> | undefined;
}

export interface S3Timeouts {
  connectionMs: number;
  /** After this long without a byte in either direction, a request is considered dead. */
  inactivityMs: number;
  /** A whole request, waiting for a connection included. */
  requestMs: number;
}

export const defaultS3Timeouts: S3Timeouts = { connectionMs: 5_000, inactivityMs: 30_000, requestMs: 600_000 };
