import { createHash, randomUUID } from 'node:crypto';

const hex = (value: number): string => value.toString(16).padStart(8, '0');

/** `000033e8000030008000000000004100`: database oid first, table oid last. */
export const tableId = (databaseOid: number, oid: number): string => `${hex(databaseOid)}0000300080000000${hex(oid)}`;
export const databaseId = (oid: number): string => `${hex(oid)}000030008000000000000000`;
export const rawUuid = (): string => randomUUID().replaceAll('-', '');

/** Hash bounds of three tablets, upper-case hex. */
export const BOUNDS = ['', '5555', 'AAAA', ''] as const;

/** Which of the three tablets a key belongs to. */
export function tabletIndex(key: string): number {
  const hash = createHash('md5').update(key).digest().readUInt16BE(0);
  return hash < 0x5555 ? 0 : hash < 0xaaaa ? 1 : 2;
}
