/** Temporal schedules of Kalpa's operations, as Temporal has them. For the client and for activities alike. */
export { listSchedules, readSchedule, type Schedule } from './list-schedules';
export { startedBy, starterOf } from './started-by';
export { scheduleOptions } from './schedule-options';
