import { DefaultFailureConverter, type PayloadConverter, type ProtoFailure } from '@temporalio/common';
import { boundError, cutText } from '../redaction';

const MAX_MESSAGE_LENGTH = 17_000;
const MAX_CAUSE_LENGTH = 2_500;
/** Causes below a failure; each workflow of ours adds one for its activity and one for a child. */
const MAX_DEPTH = 6;
/**
 * For all details of a failure and its causes: together with the messages far below Temporal's limit of one message (2
 * MB).
 */
const MAX_DETAILS_BYTES = 256 * 1024;

/**
 * The one place where a failure leaves an activity or a workflow: whatever was thrown, with whatever causes, it always
 * fits into a message. Loaded by workers and into the workflow bundle.
 */
class BoundedFailureConverter extends DefaultFailureConverter {
  private depth = 0;

  override errorToFailure(error: unknown, converter: PayloadConverter, ...context: never[]): ProtoFailure {
    this.depth += 1;
    try {
      const failure = super.errorToFailure(boundError(error), converter, ...context);
      return this.depth > 1 ? failure : bounded(failure, { details: MAX_DETAILS_BYTES });
    } finally {
      this.depth -= 1;
    }
  }

  override optionalErrorToOptionalFailure(
    error: unknown,
    converter: PayloadConverter,
    ...context: never[]
  ): ProtoFailure | undefined {
    return this.depth > MAX_DEPTH ? undefined : super.optionalErrorToOptionalFailure(error, converter, ...context);
  }
}

/** A failure that came from elsewhere is passed on unchanged, except that it is cut to size. */
function bounded(failure: ProtoFailure, room: { details: number }, depth = 0): ProtoFailure {
  const most = depth === 0 ? MAX_MESSAGE_LENGTH : MAX_CAUSE_LENGTH;
  const { message, stackTrace, cause, applicationFailureInfo: own, canceledFailureInfo: cancelled } = failure;
  return {
    ...failure,
    ...(message == null ? {} : { message: cutText(message, most) }),
    ...(stackTrace == null ? {} : { stackTrace: cutText(stackTrace, most) }),
    ...(own ? { applicationFailureInfo: { ...own, ...detailsWithin(own, room) } } : {}),
    ...(cancelled ? { canceledFailureInfo: { ...cancelled, ...detailsWithin(cancelled, room) } } : {}),
    cause: cause && depth < MAX_DEPTH ? bounded(cause, room, depth + 1) : null,
  };
}

function detailsWithin({ details }: Details, room: { details: number }): Details {
  if (!details?.payloads) return {};
  const payloads = details.payloads.filter(({ data }) => {
    const bytes = data?.length ?? 0;
    if (bytes > room.details) return false;
    room.details -= bytes;
    return true;
  });
  return { details: { ...details, payloads } };
}

type Details = Pick<NonNullable<ProtoFailure['applicationFailureInfo']>, 'details'>;

export const failureConverter = new BoundedFailureConverter();
