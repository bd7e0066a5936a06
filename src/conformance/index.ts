/** `kalpa conformance`: runs every procedure on its own databases and compares the results with the documentation. */
export { CHAPTERS, type ChapterName } from './chapters/chapter';
export { startControlWorker, type OwnWorker } from './control-worker';
export { differs, stepLine, summaryLine, type Report } from './report';
export { runConformance, type ConformanceOptions } from './run-conformance';
export { Recorder } from './transcript/recorder';
