import {
  defaultScheduleId,
  operations,
  parseInput,
  scheduleDefinition,
  subjectOfInput,
  type InputProblem,
  type NewSchedule,
  type ScheduleDefinition,
} from '../contract';
import { KalpaFailure } from './kalpa-failure';

/**
 * Checks a schedule and the input of its operation: a wrong one should be refused now, not tonight. Throws
 * `KalpaFailure` of type `InvalidInput`.
 */
export function defineSchedule(cluster: string, given: NewSchedule): ScheduleDefinition {
  const waits = 'whenBusy' in operations[given.operation].input.shape;
  const input = { ...(waits ? { whenBusy: 'wait' } : {}), ...given.input };
  const scheduleId = given.scheduleId ?? defaultScheduleId(cluster, given.operation, subjectOfInput(input) ?? 'all');
  const parsed = parseInput('schedules.add', scheduleDefinition, { ...given, scheduleId, input });
  if (!parsed.ok) throw invalid(parsed);
  const parsedInput = parseInput(given.operation, operations[given.operation].input, input);
  if (!parsedInput.ok) throw invalid(parsedInput);
  return parsed.input;
}

const invalid = ({ message, problems }: { message: string; problems: InputProblem[] }): KalpaFailure =>
  new KalpaFailure('InvalidInput', message, problems);
