import { UnexpectedOutput } from '../errors';
import type { Command } from './command';
import { linesOf } from './read-output';
import { notSupported } from './failure';

export interface ListedNamespace {
  name: string;
  id: string;
  api: 'ysql' | 'ycql' | 'yedis';
  state: string;
  colocated: boolean;
  system: boolean;
}

/** Names may contain spaces, so the row is parsed from the right. */
const ROW = /^(.*) ([0-9a-f]{32}) (ysql|ycql|yedis) ([A-Z]+) (true|false)$/s;

/** Databases and keyspaces with their ids. Not in 2.6. */
export const listNamespaces: Command<Record<string, never>, ListedNamespace[]> = {
  name: 'list_namespaces',
  mutates: false,
  lists: true,
  argv(_input, release) {
    if (!release.listsNamespaces) throw notSupported('list_namespaces', release);
    return ['list_namespaces'];
  },
  parse(stdout) {
    if (!/^User Namespaces:/m.test(stdout))
      throw new UnexpectedOutput('list of namespaces', stdout, 'yb-admin list_namespaces');
    const found: ListedNamespace[] = [];
    let system = false;
    for (const line of linesOf(stdout)) {
      if (/^System Namespaces:/.test(line)) system = true;
      const [, name, id = '', api, state = '', colocated] = ROW.exec(line) ?? [];
      if (name !== undefined)
        found.push({ name, id, api: api as ListedNamespace['api'], state, colocated: colocated === 'true', system });
    }
    return found;
  },
};
