// Preloaded into a node worker (NODE_OPTIONS=--require): its data directories have no room left.
const fs = require('node:fs/promises');
const { statfs } = fs;
fs.statfs = async (...args) => ({ ...(await statfs(...args)), bavail: 0 });
