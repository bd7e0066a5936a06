export { stopTemporal as default } from './start-temporal';
