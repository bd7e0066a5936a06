import { bucketPolicy, type BucketPolicy } from '../src/repository';

/** Who has a key of its own in the embedded store; `admin` makes the bucket and stands in for the janitor. */
export const S3_ROLES = ['node', 'control', 'reader'] as const;
export type S3Role = (typeof S3_ROLES)[number];

/**
 * What `kalpa policy <role>` prints, for every prefix and cluster of the bucket, and without what SeaweedFS can't judge: of the headers its conditions know
 * `x-amz-…` alone, so that `s3:if-none-match` would never be there, and no put would be let through.
 * (seaweedfs 4.44, weed/s3api/policy_engine/engine.go, ExtractConditionValuesFromRequest)
 */
export function rolePolicy(role: S3Role, bucket: string): BucketPolicy {
  const { Version, Statement } = bucketPolicy(role, { bucket, prefix: '*', cluster: 'any' });
  const everyCluster = (arn: string): string => arn.replace('/clusters/any/', '/clusters/*/'); // a name itself is no pattern
  return {
    Version,
    Statement: Statement.filter(({ Condition }) => !Condition).map((one) => ({
      ...one,
      Resource: one.Resource.map(everyCluster),
    })),
  };
}
