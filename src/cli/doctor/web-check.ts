import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, type Check } from './check';

/** The leading master's web page answers; runs read flags, disk space and tablets from it. */
export async function webCheck(cluster: ClusterView, { http }: Pick<KalpaConfig, 'http'>): Promise<Check> {
  try {
    return ok('web pages', `the leading master runs ${await cluster.release()}`);
  } catch (error) {
    return problem(
      'web pages',
      reason(error),
      http.masters
        ? 'correct http.masters in kalpa.yaml, http.tls and http.rootCert'
        : 'set http.masters in kalpa.yaml to the web addresses of the masters (taken for port 7000 of their hosts), or http.tls: https is read where there is a section tls',
    );
  }
}
