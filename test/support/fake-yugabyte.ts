import { databaseApi, type DatabaseApi, type Yugabyte } from '../../src/yugabyte';

/** A cluster that consists of the parts that a test gives; its languages are the product's own, over those parts. */
export const fakeYugabyte = (parts: object): Yugabyte =>
  ({
    ...parts,
    api(this: Yugabyte, database: string): DatabaseApi {
      return databaseApi(this, database);
    },
  }) as unknown as Yugabyte;
