import { LogTimestamp, type Logger, type LogLevel, type LogMetadata } from '@temporalio/worker';
import pino from 'pino';
import { KALPA_VERSION, type KalpaConfig } from '../config';
import { redact, redactFields, escapeControls } from '../redaction';

/** One line for each event: what happened, with its run, queue and error. */
export interface WorkerLog {
  debug: (message: string, fields?: Record<string, unknown>) => void;
  info: (message: string, fields?: Record<string, unknown>) => void;
  warn: (message: string, fields?: Record<string, unknown>) => void;
  error: (message: string, fields?: Record<string, unknown>) => void;
}

export interface LogSettings {
  settings: KalpaConfig['log'];
  /** `control worker`, `node worker yb-1.internal:9100`. */
  worker: string;
  cluster: string;
}

/** Receives lines, one per call. */
export type Lines = (line: string) => void;

const toStdout: Lines = (line) => void process.stdout.write(line);

/** Fields that every line has, or that mean nothing to an operator. */
const LEFT_OUT = new Set([
  'time',
  'level',
  'version',
  'worker',
  'cluster',
  'message',
  'taskToken',
  'sdkComponent',
  'isLocal',
  'namespace',
  'spanContexts',
  'target',
  'callsite',
]);

/**
 * Lines of text or JSON, as `log` in kalpa.yaml says: each with time, level, version, worker, and the run if there is
 * one.
 */
export function openLog({ settings, worker, cluster }: LogSettings, lines: Lines = toStdout): WorkerLog {
  const { format, level } = settings;
  const logger = pino(
    {
      level,
      base: { version: KALPA_VERSION, worker, cluster },
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
      timestamp: false, // ours, because the SDK reports when its events happened
    },
    {
      write: (line) => {
        lines(escapeControls(format === 'json' ? line : textLine(line)));
      },
    },
  );
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      if (!logger.isLevelEnabled(name)) return;
      const { [LogTimestamp]: happened, ...more } = fields as Record<string | symbol, unknown>;
      const time = typeof happened === 'bigint' ? new Date(Number(happened / 1_000_000n)) : new Date();
      logger[name]({ time: time.toISOString(), ...redactFields(named(more)) }, redact(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const SDK_LOGGERS = new Set(['worker', 'core']);

/** The same log as the SDK's logger: its workers, its native core, and `log` in activities and workflows. */
export function temporalLogger(log: WorkerLog): Logger {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    if (level === 'TRACE') return;
    // What the SDK's worker and core log about themselves at INFO (pollers, states) is not an event of ours.
    if (level === 'INFO' && SDK_LOGGERS.has(String(meta['sdkComponent']))) level = 'DEBUG';
    log[level.toLowerCase() as 'debug' | 'info' | 'warn' | 'error'](message, meta);
  };
  return {
    log: write,
    trace: (message, meta) => {
      write('TRACE', message, meta);
    },
    debug: (message, meta) => {
      write('DEBUG', message, meta);
    },
    info: (message, meta) => {
      write('INFO', message, meta);
    },
    warn: (message, meta) => {
      write('WARN', message, meta);
    },
    error: (message, meta) => {
      write('ERROR', message, meta);
    },
  };
}

/** Fields with information, each under one name. */
function named(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (value === undefined || value === '') return [];
      return [[name === 'workflowRunId' ? 'runId' : name, value]]; // activities and workflows name it differently
    }),
  );
}

/** `2026-11-22T02:00:07.123Z INFO  Kalpa 0.1.0 control worker: backup … committed  workflowId=… runId=…` */
function textLine(json: string): string {
  const event = JSON.parse(json) as Record<string, unknown>;
  const fields = Object.entries(event)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => ` ${name}=${fieldText(value)}`);
  const { time, level, version, worker, message } = event as Record<string, string>;
  return `${time} ${level?.toUpperCase().padEnd(5)} Kalpa ${version} ${worker}: ${oneLine(message ?? '')}${fields.length > 0 ? ` ${fields.join('')}` : ''}\n`;
}

function fieldText(value: unknown): string {
  const { message, type } = (typeof value === 'object' && value !== null ? value : {}) as {
    message?: unknown;
    type?: unknown;
  };
  if (typeof message === 'string') return JSON.stringify(`${typeof type === 'string' ? `${type}: ` : ''}${message}`);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ⏎ ');
