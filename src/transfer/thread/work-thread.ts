import { Worker } from 'node:worker_threads';
import type { ThreadRequest, FromThread, Replies, ToThread } from './protocol';
import { threadMain } from './thread-main';

/** A thread without requests ends after this time; the next request starts another. */
const IDLE_MS = 60_000;

const PROGRAM = `(${threadMain.toString()})({
  port: require('node:worker_threads').parentPort,
  crypto: require('node:crypto'),
  fs: require('node:fs'),
  zlib: require('node:zlib'),
});`;

/** The thread died while it worked. Its pending requests are lost; the next request starts a new thread. */
export class ThreadEnded extends Error {
  override readonly name = 'ThreadEnded';
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `A thread that receives, hashes or writes files ended (${why}); this copy stops here. ` +
        'The next attempt starts a new thread. If it happens again, look whether the system limits the memory or the threads of this process.',
      { cause },
    );
  }
}

/** One thread from start to end. Its hashes mean nothing to another one. */
export class ThreadSession {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve: (result: never) => void; reject: (error: unknown) => void }>();
  private readonly replyOf = new WeakMap<Promise<unknown>, number>();
  private replies = 0;
  private failure: ThreadEnded | undefined;

  constructor(program = PROGRAM, name = 'kalpa-bytes') {
    this.worker = new Worker(program, { eval: true, name });
    this.worker.on('message', (answer: FromThread) => {
      const pending = this.waiting.get(answer.reply);
      this.waiting.delete(answer.reply);
      if (this.waiting.size === 0) this.worker.unref();
      if ('problem' in answer) pending?.reject(new ThreadEnded(answer.problem));
      else pending?.resolve(answer.result as never);
    });
    this.worker.on('error', (error) => {
      this.end(new ThreadEnded(error));
    });
    this.worker.on('messageerror', (error) => {
      this.end(new ThreadEnded(error));
      void this.worker.terminate();
    });
    this.worker.on('exit', (code) => {
      this.end(new ThreadEnded(`exit code ${code}`));
    });
    this.worker.unref(); // an idle thread keeps no process alive
  }

  get ended(): boolean {
    return this.failure !== undefined;
  }

  get busy(): boolean {
    return this.waiting.size > 0;
  }

  /** Fails with `ThreadEnded` if the thread dies before it has replied. */
  ask<Kind extends ThreadRequest['kind']>(request: Extract<ThreadRequest, { kind: Kind }>): Promise<Replies[Kind]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.replies += 1;
    const reply = this.replies;
    const answer = new Promise<Replies[Kind]>((resolve, reject) => {
      this.waiting.set(reply, { resolve, reject });
      this.worker.ref();
      this.send({ reply, request });
    });
    this.replyOf.set(answer, reply);
    return answer;
  }

  /** Tells the thread that the reply is no longer needed. It still arrives, soon. */
  stop(answer: Promise<unknown>): void {
    const reply = this.replyOf.get(answer);
    if (reply !== undefined && this.failure === undefined) this.send({ stop: reply });
  }

  /** Frees a hash whose digest is not needed. */
  forget(hash: number): void {
    if (this.failure === undefined) this.send({ forget: hash });
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message);
  }

  private end(failure: ThreadEnded): void {
    this.failure ??= failure;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}

/** One thread of a process: started by its first user, and ended after it has been idle for a while. */
export class WorkThread {
  private current: ThreadSession | undefined;
  private held = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly start: () => ThreadSession = () => new ThreadSession(),
    private readonly idleMs = IDLE_MS,
  ) {}

  /** The number of current users. */
  get users(): number {
    return this.held;
  }

  /** The running thread, started if necessary; `release` it when no more requests follow. */
  use(): { session: ThreadSession; release: () => void } {
    clearTimeout(this.idle);
    if (this.current === undefined || this.current.ended) this.current = this.start();
    this.held += 1;
    let released = false;
    return {
      session: this.current,
      release: () => {
        if (released) return;
        released = true;
        this.held -= 1;
        if (this.held === 0) this.endWhenIdle();
      },
    };
  }

  /** Ends the thread at once; its pending requests fail. The next request starts another. */
  close(): void {
    clearTimeout(this.idle);
    const { current } = this;
    this.current = undefined;
    void current?.terminate();
  }

  private endWhenIdle(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      const { current } = this;
      this.current = undefined;
      void current?.terminate();
    }, this.idleMs);
    this.idle.unref();
  }
}
