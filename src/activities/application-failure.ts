import { ApplicationFailure } from '@temporalio/common';
import { cutText, redact } from '../redaction';
import { failures, type FailureType, type Finding } from '../contract';

/** Characters of a message, before secrets are looked for in it. */
const MAX_MESSAGE_LENGTH = 16_000;

/** A failure of the contract, thrown by an activity; final types are not retried. */
export function failWith(
  type: FailureType,
  message: string,
  details: Record<string, unknown>[] = [],
  cause?: unknown,
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: redact(cutText(message, MAX_MESSAGE_LENGTH)),
    details,
    nonRetryable: failures[type].final,
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** A single finding fails with its own type; several fail with `PreflightFailed`, all of them in one message. */
export function failWithFindings(subject: string, findings: Finding[]): ApplicationFailure | undefined {
  const [first] = findings;
  if (!first) return undefined;
  if (findings.length === 1) return failWith(first.type, first.message, [{ ...first }]);
  const list = findings.map((finding, i) => `(${i + 1}) ${finding.message}`).join(' ');
  return failWith(
    'PreflightFailed',
    `${subject} was refused before anything was changed, ${findings.length} things are wrong: ${list}`,
    findings.map((finding) => ({ ...finding })),
  );
}
