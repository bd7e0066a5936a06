/** The part of an SDK command that takes middleware; the commands' types differ too much to name them. */
interface CommandWithStack {
  // The SDK's own stack types are generic over input and output; only these two positions are used here.
  middlewareStack: {
    add(middleware: unknown, options: { step: 'build' | 'deserialize'; name: string; priority?: 'high' | 'low' }): void;
  };
}

interface HttpArguments {
  request: { headers: Record<string, string> };
}

/**
 * Sets the payload hash of a signed request before the SDK computes one: TLS needs none (CRC32 guards the body);
 * otherwise a hash that the caller already has saves a second pass over the bytes.
 */
export function withPayloadHash(command: unknown, encrypted: boolean, sha256: string | undefined): void {
  const value = encrypted ? 'UNSIGNED-PAYLOAD' : sha256;
  if (value === undefined) return;
  (command as CommandWithStack).middlewareStack.add(
    (next: (args: HttpArguments) => Promise<unknown>) => (args: HttpArguments) => {
      args.request.headers['x-amz-content-sha256'] = value;
      return next(args);
    },
    { step: 'build', name: 'kalpaPayloadHash', priority: 'low' },
  );
}

/**
 * Asks for the checksum that the store keeps of an object; the caller compares. The SDK's own comparison would fail as
 * if damaged in transit when the stored object itself is damaged.
 */
export function withStoredChecksum(command: unknown): void {
  (command as CommandWithStack).middlewareStack.add(
    (next: (args: HttpArguments) => Promise<unknown>) => (args: HttpArguments) => {
      args.request.headers['x-amz-checksum-mode'] = 'ENABLED';
      return next(args);
    },
    { step: 'build', name: 'kalpaStoredChecksum', priority: 'low' },
  );
}

/** The response of a failed request, as the SDK attaches it to the error. */
interface AnsweredError {
  $response?: { headers?: Record<string, string> };
}

/** Records the response's `Date` header, even of a refusal; call the returned function after the request has ended. */
export function serverDate(command: unknown): () => Date | undefined {
  let text: string | undefined;
  (command as CommandWithStack).middlewareStack.add(
    (next: (args: HttpArguments) => Promise<{ response: { headers?: Record<string, string> } }>) =>
      async (args: HttpArguments) => {
        try {
          const result = await next(args);
          text = result.response.headers?.['date'];
          return result;
        } catch (error) {
          text = (error as AnsweredError).$response?.headers?.['date'];
          throw error;
        }
      },
    { step: 'deserialize', name: 'kalpaServerDate', priority: 'low' },
  );
  return () => {
    const date = new Date(text ?? Number.NaN);
    return Number.isNaN(date.getTime()) ? undefined : date;
  };
}
