module.exports = async () => {
  await globalThis.kalpaStack?.stop();
};
