/** Why no connection to a server was made, in words; undefined: TLS was not the reason. */
export function tlsProblem(error: unknown): string | undefined {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  if (/does not support SSL|error establishing an SSL connection/i.test(message))
    return 'it accepts no TLS connections';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate belongs to another host (${message})`;
  if (
    /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|HOSTNAME_)/.test(code) ||
    code === 'EPROTO'
  )
    return `its certificate is not trusted, or it does not use TLS (${code}: ${message})`;
  return undefined;
}
