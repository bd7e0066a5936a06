import { createHash } from 'node:crypto';
import { CqlError } from '../errors';
import { splitStatements } from '../language/tokens';
import { execute } from '../run/execute';
import type { CqlResult } from '../run/result';
import type { Session } from '../run/session';
import { BytesReader, MalformedMessage, Writer } from './bytes';
import {
  COMPRESSED,
  CUSTOM_PAYLOAD,
  NEWEST_VERSION,
  OLDEST_VERSION,
  OPCODES,
  responseFrame,
  type Frame,
} from './frames';
import { bound, shapeOf } from './prepare';
import { readBatch, readLogin, readParameters, type BatchStatement, type Parameters } from './requests';
import { errorBody, preparedBody, resultBody, schemaEventBody, unpreparedBody } from './responses';
import type { ErrorKind, PreparedShape } from './responses';

/** What all connections of a port share. */
export interface Port {
  /** Undefined: clients need not authenticate. Otherwise returns why a client is rejected, if it is. */
  login: ((user: string, password: string) => string | undefined) | undefined;
  /** Statements that were prepared, by their id in hex: for all connections, as the real one keeps them. */
  prepared: Map<string, Prepared>;
  /** Called before each statement of a client. Throws a `CqlError`. */
  before(text: string): Promise<void>;
  /** Whether the response to an executed statement is lost together with its connection. */
  losesReply(text: string): boolean;
}

export interface Prepared {
  text: string;
  shape: PreparedShape;
}

/** The response was lost with its connection. */
export class ReplyLost extends Error {
  override readonly name = 'ReplyLost';
}

const SUPPORTED = { CQL_VERSION: ['3.0.0', '3.4.2'], COMPRESSION: [] };
const AUTHENTICATOR = 'org.apache.cassandra.auth.PasswordAuthenticator';

type Answer = readonly [opcode: number, body: Buffer];
const result = (of: CqlResult, skipMetadata = false): Answer => [OPCODES.result, resultBody(of, skipMetadata)];

/**
 * One client of the native protocol, versions 3 and 4, as YugabyteDB's CQL server answers it
 * (src/yb/yql/cql/cqlserver/cql_processor.cc).
 */
export class NativeConnection {
  private authenticated: boolean;
  private events = false;

  constructor(
    private readonly session: Session,
    private readonly port: Port,
  ) {
    this.authenticated = port.login === undefined;
  }

  /** The frames of the response to one frame. Throws `ReplyLost`. */
  async answer(frame: Frame): Promise<Buffer[]> {
    const version = Math.min(Math.max(frame.version, OLDEST_VERSION), NEWEST_VERSION);
    const at = { version, stream: frame.stream };
    try {
      if (frame.version < OLDEST_VERSION || frame.version > NEWEST_VERSION)
        return [this.error(at, 'ProtocolError', badVersion(frame.version))];
      if ((frame.flags & COMPRESSED) !== 0) return [this.error(at, 'ProtocolError', 'No compression scheme specified')];
      const [opcode, body, change] = await this.process({ ...frame, body: withoutPayload(frame) });
      const frames = [responseFrame(at, opcode, body)];
      if (change && this.events)
        frames.push(responseFrame({ version, stream: -1 }, OPCODES.event, schemaEventBody(change)));
      return frames;
    } catch (error) {
      if (error instanceof ReplyLost) throw error;
      if (error instanceof CqlError) return [this.error(at, error.kind, error.message)];
      if (error instanceof MalformedMessage) return [this.error(at, 'ProtocolError', error.message)];
      return [this.error(at, 'ServerError', error instanceof Error ? error.message : String(error))];
    }
  }

  private error(at: Pick<Frame, 'version' | 'stream'>, kind: ErrorKind, message: string): Buffer {
    return responseFrame(at, OPCODES.error, errorBody(kind, message));
  }

  private async process({
    opcode,
    body,
    version,
  }: Frame): Promise<readonly [...Answer, (CqlResult & { kind: 'schema' })?]> {
    const reader = new BytesReader(body);
    if (!this.authenticated && ![OPCODES.startup, OPCODES.options, OPCODES.authResponse].includes(opcode as 1))
      throw new CqlError('ServerError', 'Could not execute statement by not authenticated user');
    switch (opcode) {
      case OPCODES.options:
        return [OPCODES.supported, new Writer().stringMultimap(SUPPORTED).done()];
      case OPCODES.startup: {
        const compression = reader.stringMap().get('COMPRESSION');
        if (compression !== undefined)
          return [OPCODES.error, errorBody('ProtocolError', `Unsupported compression scheme ${compression}`)];
        return this.port.login
          ? [OPCODES.authenticate, new Writer().string(AUTHENTICATOR).done()]
          : [OPCODES.ready, Buffer.alloc(0)];
      }
      case OPCODES.authResponse: {
        const { user, password } = readLogin(body);
        const refused = this.port.login?.(user, password);
        if (refused !== undefined) return [OPCODES.error, errorBody('BadCredentials', refused)];
        this.authenticated = true;
        return [OPCODES.authSuccess, new Writer().bytes(null).done()];
      }
      case OPCODES.register:
        this.events = reader.stringList().includes('SCHEMA_CHANGE');
        return [OPCODES.ready, Buffer.alloc(0)];
      case OPCODES.query: {
        const text = reader.longString();
        const parameters = readParameters(reader);
        return withChange(await this.run(text, parameters), parameters.skipMetadata);
      }
      case OPCODES.prepare:
        return [OPCODES.result, await this.prepare(reader.longString(), version)];
      case OPCODES.execute: {
        const id = reader.shortBytes();
        const prepared = this.port.prepared.get(id.toString('hex'));
        const parameters = readParameters(reader);
        if (!prepared) return [OPCODES.error, unpreparedBody(id)];
        return withChange(await this.run(prepared.text, parameters, prepared.shape), parameters.skipMetadata);
      }
      case OPCODES.batch:
        return await this.batch(readBatch(body));
      default:
        return [OPCODES.error, errorBody('ProtocolError', 'Unknown opcode')];
    }
  }

  private async prepare(text: string, version: number): Promise<Buffer> {
    const shape = await shapeOf(this.session, text);
    const id = createHash('md5')
      .update(`${this.session.keyspace ?? ''}\0${text}`)
      .digest();
    this.port.prepared.set(id.toString('hex'), { text, shape });
    return preparedBody(id, shape, version);
  }

  private async run(text: string, parameters: Parameters, shape?: PreparedShape): Promise<CqlResult> {
    const driversOwn = /^\s*select\b.*\bfrom\s+system\.(?:local|peers)\b/is.test(text);
    if (!driversOwn) await this.port.before(text);
    const { values, pageRows, pagingState } = parameters;
    const wanted = shape ?? (values.length > 0 ? await shapeOf(this.session, text) : undefined);
    const options = {
      ...(wanted ? { markers: bound(wanted, parameters) } : {}),
      ...(pageRows === undefined ? {} : { page: { rows: pageRows, ...(pagingState ? { state: pagingState } : {}) } }),
    };
    let last: CqlResult = { kind: 'void' };
    // A transaction is one request: BEGIN TRANSACTION … END TRANSACTION;
    const parts = /^\s*(?:begin|start)\s+transaction\b/i.test(text)
      ? splitStatements(text).map((one) => one.text)
      : [text];
    for (const part of parts) last = await execute(this.session, part, options);
    if (!driversOwn && this.port.losesReply(text)) throw new ReplyLost();
    return last;
  }

  /** Runs a batch in one transaction: all of its statements or none. */
  private async batch(statements: BatchStatement[]): Promise<Answer> {
    const prepared = statements.map(({ statement, values }) => ({
      found: typeof statement === 'string' ? { text: statement } : this.port.prepared.get(statement.toString('hex')),
      id: typeof statement === 'string' ? Buffer.alloc(0) : statement,
      values,
    }));
    const unknown = prepared.find(({ found }) => !found);
    if (unknown) return [OPCODES.error, unpreparedBody(unknown.id)];
    await this.port.before('BATCH');
    const answers: CqlResult[] = [];
    this.session.transaction ??= new Set();
    try {
      for (const { found, values } of prepared) {
        if (!found) continue;
        const shape = 'shape' in found ? found.shape : await shapeOf(this.session, found.text);
        answers.push(await execute(this.session, found.text, { markers: bound(shape, { values }) }));
      }
      await this.session.endTransaction('COMMIT');
    } finally {
      await this.session.endTransaction('ROLLBACK'); // if one is still open
    }
    if (this.port.losesReply('BATCH')) throw new ReplyLost();
    return result(answers.find(({ kind }) => kind === 'applied') ?? { kind: 'void' });
  }
}

const badVersion = (version: number): string =>
  `Invalid or unsupported protocol version ${version}. Supported versions are between ${OLDEST_VERSION} and ${NEWEST_VERSION}.`;

const withChange = (of: CqlResult, skipMetadata: boolean): readonly [...Answer, (CqlResult & { kind: 'schema' })?] =>
  of.kind === 'schema' ? [...result(of), of] : result(of, skipMetadata);

/** Custom payloads, which clients send to handlers of their own, are ignored. */
function withoutPayload({ flags, body }: Frame): Buffer {
  if ((flags & CUSTOM_PAYLOAD) === 0) return body;
  const reader = new BytesReader(body);
  for (let left = reader.short(); left > 0; left -= 1) {
    reader.string();
    reader.bytes();
  }
  return reader.raw(reader.left);
}
