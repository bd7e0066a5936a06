import net from 'node:net';
import tls from 'node:tls';
import { FifoSemaphore } from '../limits/fifo-semaphore';
import { bodyKinds } from './answer-body';
import { headReading } from './answer-head';
import { connecting } from './connection';
import { keepingConnections, type Connections } from './connections';
import { rangeAnswers } from './range-answers';
import { receiveMain } from './receive-main';

const heads = headReading();

/** Connections on this thread. */
export function openConnections(): Connections {
  const connect = connecting({ net, tls, ...heads, ...bodyKinds(heads) });
  return keepingConnections({ connect, FifoSemaphore });
}

export const isRange = rangeAnswers(heads);

const textOf = (made: { toString: () => string }): string => `(${made.toString()})`;

/** The same for a separate thread, from the same source text. */
export const RECEIVE_PROGRAM = `
const heads = ${textOf(headReading)}();
const bodies = ${textOf(bodyKinds)}(heads);
const [net, tls] = [require('node:net'), require('node:tls')];
const connect = ${textOf(connecting)}({ net, tls, ...heads, ...bodies });
const connections = ${textOf(keepingConnections)}({ connect, FifoSemaphore: ${textOf(FifoSemaphore)} });
const port = require('node:worker_threads').parentPort;
${textOf(receiveMain)}({ port, connections, isRange: ${textOf(rangeAnswers)}(heads) });`;
