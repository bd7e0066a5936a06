import { z } from 'zod';
import { DATABASE_FORM, nameProblem, splitDatabase } from './database-name';

/** `ysql.orders`, `ycql.shop`. */
export const databaseName = z
  .string({ error: DATABASE_FORM })
  .refine((text) => splitDatabase(text) !== undefined, { error: DATABASE_FORM });

/** A bare new name (`orders_copy`), as in `as`. */
export const newName = z
  .string({ error: 'a bare new name such as "orders_copy", 1 to 63 bytes' })
  .refine((text) => nameProblem(text) === undefined, { error: 'a bare new name such as "orders_copy", 1 to 63 bytes' });
