import type { z } from 'zod';
import { parseInput } from '../../contract';
import { failWith } from '../application-failure';

type AnyActivity = (input: never) => Promise<unknown>;
/** `null`: takes no input. */
type InputSchema = z.ZodType | null;

/** A type with every field required: shows what a schema leaves out and what it adds. */
type AllRequired<T> = T extends readonly (infer E)[]
  ? AllRequired<E>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : K]-?: AllRequired<Exclude<T[K], undefined>> }
    : T;

/** `S` if the schema takes exactly the activity's input, field for field; else a type that no schema has. */
type SchemaFor<Input, S> =
  S extends z.ZodType<infer Output>
    ? [AllRequired<Output>] extends [AllRequired<Input>]
      ? [AllRequired<Input>] extends [AllRequired<Output>]
        ? S
        : { missing: AllRequired<Input>; of: AllRequired<Output> }
      : { unlike: AllRequired<Input>; of: AllRequired<Output> }
    : never;

/** A schema for each activity: a missing or different one does not compile. */
export type SchemasOf<Activities extends Record<string, AnyActivity>, Schemas> = {
  [K in keyof Activities]: K extends keyof Schemas
    ? Parameters<Activities[K]> extends []
      ? null
      : SchemaFor<Parameters<Activities[K]>[0], Schemas[K]>
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
