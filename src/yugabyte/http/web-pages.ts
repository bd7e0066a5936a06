import type { YugabyteConfig } from '../config';
import { HttpFailed } from '../errors';
import { readEntities, type Entities } from './dump-entities';
import type { PageOptions } from './fetch-page';
import { requestPage } from './request-page';
import { readTabletServers, type ListedWebTserver } from './tablet-servers';
import { readTabletWrites, type TabletWrites } from './tablet-writes';
import { readTserverTablets, type TserverTablet } from './tserver-tablets';
import { readVarz } from './varz';
import { readVersion, type ServerVersion } from './version';
import { SharedAnswer } from './shared-answer';
import { masterWebAddresses, rootCertOfPages, urlOf } from './web-address';

/** The web pages of masters and tservers. Every call fails with `HttpFailed`. */
export class WebPages {
  /** In a large cluster this takes the master seconds, and 100 MB: runs that start in the same minute share it. */
  private readonly entities = new SharedAnswer<Entities>(async (signal) => {
    const { rpcMs, httpMs } = this.config.timeouts;
    const silentMs = Math.max(rpcMs, httpMs); // the master builds the whole page before it sends the first byte
    return await this.fromLeader((base, options) => readEntities(base, { ...options, silentMs }), signal);
  });

  constructor(private readonly config: YugabyteConfig) {}

  /** Tservers by web address, from the leading master. */
  async tabletServers(signal?: AbortSignal): Promise<ListedWebTserver[]> {
    return await this.fromLeader((base, options) => readTabletServers(base, options), signal);
  }

  /**
   * Running keyspaces, tables and tablets with their replicas, from the leading master; not older than the call. Must
   * not be modified.
   */
  async dumpEntities(signal?: AbortSignal): Promise<Entities> {
    return await this.entities.get(signal);
  }

  /** Release of the leading master. */
  async masterVersion(signal?: AbortSignal): Promise<ServerVersion> {
    return await this.fromLeader((base, options) => readVersion(base, options), signal);
  }

  /** Flags of the leading master. */
  async masterVarz(signal?: AbortSignal): Promise<Map<string, string>> {
    return await this.fromLeader((base, options) => readVarz(base, options), signal);
  }

  /** Flags of the server at a web address. */
  async varz(web: string, signal?: AbortSignal): Promise<Map<string, string>> {
    return await readVarz(this.base(web), this.options(signal));
  }

  async tserverTablets(web: string, signal?: AbortSignal): Promise<TserverTablet[]> {
    return await readTserverTablets(this.base(web), this.options(signal));
  }

  /** Counters of all writes to the tablets of one tserver. */
  async tabletWrites(web: string, signal?: AbortSignal): Promise<TabletWrites[]> {
    return await readTabletWrites(this.base(web), this.options(signal));
  }

  /**
   * Most pages work on the leader only; a follower redirects, proxies, or fails. So the masters are asked in turn:
   * first the one that claims to lead, then the others.
   */
  private async fromLeader<T>(
    read: (base: string, options: PageOptions) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    let failure: unknown;
    for (const web of await this.leaderFirst(signal)) {
      try {
        return await read(this.base(web), this.options(signal));
      } catch (error) {
        if (!(error instanceof HttpFailed) || signal?.aborted) throw error;
        failure ??= error;
      }
    }
    throw failure ?? new HttpFailed('/api/v1/is-leader', undefined, 'no master is configured', false);
  }

  private async leaderFirst(signal?: AbortSignal): Promise<string[]> {
    const masters = masterWebAddresses(this.config);
    if (masters.length < 2) return masters;
    const leads = await Promise.all(masters.map((web) => this.leads(web, signal)));
    return [...masters.filter((_, i) => leads[i]), ...masters.filter((_, i) => !leads[i])];
  }

  /** `/api/v1/is-leader` returns 200 on the leader; older versions have no such page. */
  private async leads(web: string, signal?: AbortSignal): Promise<boolean> {
    const timeout = AbortSignal.timeout(Math.min(this.config.timeouts.httpMs, 5_000));
    try {
      const { status, body } = await requestPage(urlOf(this.config, web, '/api/v1/is-leader'), {
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        rootCert: rootCertOfPages(this.config),
      });
      body.destroy();
      return status === 200;
    } catch {
      return false;
    }
  }

  private base(web: string): string {
    return urlOf(this.config, web, '');
  }

  private options(signal: AbortSignal | undefined): PageOptions {
    return {
      timeoutMs: this.config.timeouts.httpMs,
      wholeMs: this.config.timeouts.commandMs,
      signal,
      redirectsTo: masterWebAddresses(this.config),
      rootCert: rootCertOfPages(this.config),
    };
  }
}
