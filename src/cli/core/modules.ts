/* eslint-disable @typescript-eslint/no-require-imports -- loaded at first use: `kalpa --help` must not wait for gRPC, S3 and SQL */

/** Modules that are slow to load, each loaded at its first use. */
export const modules = {
  packageRoot: () => require('../../config/package-root') as typeof import('../../config/package-root'),
  config: () => require('../../config') as typeof import('../../config'),
  contract: () => require('../../contract') as typeof import('../../contract'),
  client: () => require('../../client') as typeof import('../../client'),
  repository: () => require('../../repository') as typeof import('../../repository'),
  holdings: () => require('../../holdings') as typeof import('../../holdings'),
  retention: () => require('../../retention') as typeof import('../../retention'),
  transfer: () => require('../../transfer') as typeof import('../../transfer'),
  yugabyte: () => require('../../yugabyte') as typeof import('../../yugabyte'),
  controlWorker: () => require('../../worker/control') as typeof import('../../worker/control'),
  janitorWorker: () => require('../../worker/janitor') as typeof import('../../worker/janitor'),
  nodeWorker: () => require('../../worker/node') as typeof import('../../worker/node'),
  proveIdentity: () => require('../../worker/prove-identity') as typeof import('../../worker/prove-identity'),
  nodeLock: () => require('../../worker/node-lock') as typeof import('../../worker/node-lock'),
  conformance: () => require('../../conformance') as typeof import('../../conformance'),
  doctor: () => require('../doctor/examine') as typeof import('../doctor/examine'),
  nodeWorkers: () => require('../doctor/node-workers') as typeof import('../doctor/node-workers'),
};
