/** `kalpa conformance`: every procedure on databases of its own, compared with what is documented. */
export { CHAPTERS, type ChapterName } from './chapters/chapter';
export { startControlWorker, type OwnWorker } from './control-worker';
export { differs, stepLine, summaryLine, type Report } from './report';
export { runConformance, type ConformanceOptions } from './run-conformance';
export { Recorder } from './transcript/recorder';
