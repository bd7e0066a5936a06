import type { z } from 'zod';
import { parseInput } from '../../contract';
import { failWith } from '../application-failure';

type AnyActivity = (input: never) => Promise<unknown>;
/** `null`: takes no input. */
type InputSchema = z.ZodType | null;

/** A type with every field required: shows what a schema leaves out and what it adds. */
type Told<T> = T extends readonly (infer E)[]
  ? Told<E>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : K]-?: Told<Exclude<T[K], undefined>> }
    : T;

/** `S` if the schema takes exactly the activity's input, field for field; else a type that no schema has. */
type Fitting<Input, S> =
  S extends z.ZodType<infer Output>
    ? [Told<Output>] extends [Told<Input>]
      ? [Told<Input>] extends [Told<Output>]
        ? S
        : { missing: Told<Input>; of: Told<Output> }
      : { unlike: Told<Input>; of: Told<Output> }
    : never;

/** A schema for each activity: a missing or different one does not compile. */
export type SchemasOf<Activities extends Record<string, AnyActivity>, Schemas> = {
  [K in keyof Activities]: K extends keyof Schemas
    ? Parameters<Activities[K]> extends []
      ? null
      : Fitting<Parameters<Activities[K]>[0], Schemas[K]>
    : never;
};

/**
 * The same activities, each behind its schema. Anybody who may start a workflow in the namespace can send an activity
 * anything: invalid input is one final `InvalidInput`, before anything is looked at; fields that this version does not
 * know are dropped.
 */
export function checkedActivities<A extends Record<string, AnyActivity>, S extends Record<keyof A, InputSchema>>(
  activities: A,
  schemas: S & SchemasOf<A, S>,
): A {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      checkedActivity(name, activity, (schemas as Record<string, InputSchema>)[name] ?? null),
    ]),
  ) as A;
}

function checkedActivity(name: string, activity: AnyActivity, schema: InputSchema): AnyActivity {
  return async (given: unknown) => {
    if (schema === null) return await activity(undefined as never);
    const parsed = parseInput(name, schema, given);
    if (!parsed.ok) throw failWith('InvalidInput', parsed.message, parsed.problems);
    return await activity(parsed.input as never);
  };
}
