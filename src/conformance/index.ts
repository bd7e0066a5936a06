/** `kalpa conformance`: runs every procedure on its own databases and compares the results with the documentation. */
export { CHAPTERS } from './chapters/chapter';
export { startControlWorker } from './control-worker';
export { differs, stepLine, summaryLine, type Report } from './report';
export { runConformance } from './run-conformance';
export { Recorder } from './transcript/recorder';
export { requestRecording } from './transcript/request';
