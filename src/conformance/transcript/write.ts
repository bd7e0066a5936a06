import { withoutOthers } from './ours';
import type { Recorded } from './recorder';
import type { Scrubber } from './scrub';
import { given } from '../../objects/given';

/** First line of a transcript. */
export interface TranscriptHead {
  transcript: 1;
  kalpa: string;
  /** What the tools say about themselves; an emulator identifies itself here. */
  releases: Record<string, string>;
  startedAt: string;
}

/** A later line: one call. */
export interface TranscriptLine {
  line: number;
  step: string;
  at: string;
  milliseconds: number;
  tool?: string;
  args?: string[];
  script?: string;
  exitCode?: number;
  stdout?: string;
  stderr?: string;
  /** The file written by the tool. */
  made?: string;
  page?: string;
  status?: number;
  body?: string;
  failure?: string;
  /** Its output is the same as that of this line, byte for byte. */
  sameAs?: number;
}

/** Writes each call as one line, with the names of this installation replaced. */
export function transcriptLines(calls: readonly Recorded[], scrub: Scrubber): TranscriptLine[] {
  const seen = new Map<string, number>();
  return calls.map(({ call: heard, step }, i): TranscriptLine => {
    const call = withoutOthers(heard);
    const common = { line: i + 2, step, at: call.at.toISOString(), milliseconds: call.milliseconds };
    const failure = call.failure === undefined ? {} : { failure: scrub.text(call.failure) };
    const line: TranscriptLine =
      call.kind === 'page'
        ? {
            ...common,
            page: scrub.text(call.url),
            ...given({ status: call.status }),
            ...(call.body === undefined ? {} : { body: scrub.text(call.body) }),
            ...failure,
          }
        : { ...common, ...scrub.tool(call), ...failure };
    const text = line.body ?? line.stdout ?? '';
    if (text.length < 200) return line;
    const first = seen.get(text);
    if (first === undefined) {
      seen.set(text, line.line);
      return line;
    }
    delete line.body;
    delete line.stdout;
    return { ...line, sameAs: first };
  });
}
