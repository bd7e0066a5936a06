const { once } = require('node:events');

module.exports = async () => {
  const host = globalThis.kalpaHost;
  if (host && host.exitCode === null) {
    host.kill('SIGTERM');
    await once(host, 'exit');
  }
  await globalThis.kalpaStack?.stop();
};
