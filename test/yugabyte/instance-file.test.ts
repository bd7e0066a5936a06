import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceUnreadable, readInstanceUuid } from '../../src/yugabyte';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'kalpa-data-'));
  mkdirSync(join(dataDir, 'yb-data/tserver'), { recursive: true });
});
afterEach(() => rmSync(dataDir, { recursive: true }));
const instance = (): string => join(dataDir, 'yb-data/tserver/instance');

it('the tserver of a data directory is read from its instance file', async () => {
  copyFileSync(join(__dirname, '../fixtures/snapshot-file/instance.pb'), instance());
  await expect(readInstanceUuid(dataDir)).resolves.toBe('8d5e2c1f4b6a49d0a1b2c3d4e5f60711');
});

it("a directory whose instance file can't be read is named", async () => {
  await expect(readInstanceUuid(dataDir)).rejects.toBeInstanceOf(InstanceUnreadable);
  await expect(readInstanceUuid(dataDir)).rejects.toThrow(/ENOENT.*node\.dataDirs/);
  writeFileSync(instance(), 'something else');
  await expect(readInstanceUuid(dataDir)).rejects.toThrow(/is not an instance file/);
});
