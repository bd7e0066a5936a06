/** For programs that start Kalpa's operations. Loads neither workflow code nor a worker. */
export * from './kalpa-client';
export * from './kalpa-failure';
export type { OperationCall, OperationCalls } from './operation-calls';
export * from './run-handle';
export type { ListedRun } from './runs';
export type { ScheduleRecord, ScheduleRecords } from './schedule-records';
export type { ListedSchedule, ScheduleState } from './listed-schedule';
export type { Schedules } from './schedules';
export type { StartOptions } from './start-options';
