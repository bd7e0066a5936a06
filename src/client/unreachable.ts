import { TemporalUnreachable } from './kalpa-failure';

/** gRPC status codes that mean: nobody answered. Source: grpc/status.h. */
const UNREACHABLE_CODES = new Set([4 /* DEADLINE_EXCEEDED */, 14 /* UNAVAILABLE */]);
const NOT_LET_IN = new Set([7 /* PERMISSION_DENIED */, 16 /* UNAUTHENTICATED */]);

/** The gRPC status code at or below an error: the SDK wraps the transport's error in its own. */
function grpcCode(error: unknown): number | undefined {
  for (let current = error, depth = 0; typeof current === 'object' && current !== null && depth < 5; depth++) {
    const { code, cause } = current as { code?: unknown; cause?: unknown };
    if (typeof code === 'number') return code;
    current = cause;
  }
  return undefined;
}

/** The SDK's own class for it; recognised by name, because there may be two copies of the SDK. */
function isMissingNamespace(error: unknown): error is Error & { namespace: string } {
  return error instanceof Error && error.name === 'NamespaceNotFoundError' && 'namespace' in error;
}

/** The error as `TemporalUnreachable` when it says that Temporal is unavailable, else the error itself. */
export function asUnreachable(error: unknown, address: string): unknown {
  if (isMissingNamespace(error)) {
    return new TemporalUnreachable(
      `Temporal at ${address} has no namespace "${error.namespace}": create it, or correct TEMPORAL_NAMESPACE.`,
      { cause: error },
    );
  }
  const code = grpcCode(error);
  const connecting = error instanceof Error && /failed to connect/i.test(error.message);
  if (code !== undefined && NOT_LET_IN.has(code)) {
    return new TemporalUnreachable(
      `Temporal at ${address} refuses these credentials: check the API key or certificate in temporal.toml or TEMPORAL_*.`,
      { cause: error },
    );
  }
  if ((code !== undefined && UNREACHABLE_CODES.has(code)) || connecting) {
    return new TemporalUnreachable(
      `Temporal does not answer at ${address}: start it, or correct its address (temporal.toml, TEMPORAL_ADDRESS).`,
      {
        cause: error,
      },
    );
  }
  return error;
}
