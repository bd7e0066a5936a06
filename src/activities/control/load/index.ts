import type { ControlDependencies } from '../dependencies';
import { makeCreateKeyspace, makeLoadTable, makeVerifyLoadedTable } from './load-keyspace';
import { makeLoadText } from './load-text';
import { makePreflightLoad } from './preflight-load';
import { makePreflightLoadKeyspace } from './preflight-load-keyspace';
import { makeVerifyLoaded } from './verify-loaded';

export function createLoadActivities(dependencies: ControlDependencies) {
  return {
    createKeyspace: makeCreateKeyspace(dependencies),
    loadTable: makeLoadTable(dependencies),
    loadText: makeLoadText(dependencies),
    preflightLoad: makePreflightLoad(dependencies),
    preflightLoadKeyspace: makePreflightLoadKeyspace(dependencies),
    verifyLoaded: makeVerifyLoaded(dependencies),
    verifyLoadedTable: makeVerifyLoadedTable(dependencies),
  };
}
