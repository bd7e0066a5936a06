import { crc32 } from 'node:zlib';
import {
  confirmObject,
  crc32Base64,
  findObject,
  isStoreError,
  retryingStore,
  sha256Of,
  type ObjectStore,
  type TransferEngine,
  type UploadedFile,
  type UploadRequest,
} from '../../src/transfer';
import { planPacks } from '../../src/transfer/upload/plan-upload';
import { given } from '../../src/objects/given';
import type { ModelCluster } from './model-cluster';

/**
 * What the transfer engine does with a replica, of files in memory: the same keys, the same creates, the same
 * comparison where a key is taken. Every second file is one of those that travel in packs.
 */
export function memoryEngine(cluster: ModelCluster): TransferEngine {
  return {
    uploadReplica: async (request) => await upload(cluster, request),
    downloadFiles: () => Promise.reject(new Error('The reader of the model reads by itself.')),
    uploadStream: () => Promise.reject(new Error('Dumps are not part of the model.')),
  };
}

async function upload(cluster: ModelCluster, request: UploadRequest): Promise<UploadedFile[]> {
  // As the mocked `snapshotPlace` names a directory.
  const [node = '', tablet = '', snapshotId = ''] = request.directory.split(' ');
  const store = retryingStore(request.store, { policy: request.retry, signal: request.signal });
  const content = (path: string): Buffer => {
    const file = cluster.filesOf(snapshotId, node, tablet).get(path);
    if (file === undefined) throw new Error(`${path} is not in ${request.directory}`);
    return file.content;
  };
  const uploaded: UploadedFile[] = [];
  const put = async (key: string, body: Buffer): Promise<{ object: string; etag: string; versionId?: string }> => {
    const made = await putOnce(store, key, body, request.resume !== undefined);
    return { object: key, etag: made.etag, ...given({ versionId: made.versionId }) };
  };
  const described = (path: string) => ({
    sha256: sha256Of(content(path)),
    crc32: crc32Base64(crc32(content(path))),
  });
  for (const file of request.files.filter(({ size }) => size % 2 === 1))
    uploaded.push({
      ...{ ...file, ...described(file.path) },
      ...(await put(request.keys.data(file.path), content(file.path))),
    });
  for (const { n, entries } of planPacks(request.files.filter(({ size }) => size % 2 === 0))) {
    const body = Buffer.concat(entries.map(({ file }) => content(file.path)));
    const made = await put(request.keys.pack(n, sha256Of(body).slice(0, 16)), body);
    for (const { file, offset } of entries) uploaded.push({ ...file, ...described(file.path), offset, ...made });
  }
  // Only what a list of files keeps.
  return uploaded.map(({ path, size, mtimeNs, inode, birthtimeNs, sha256, crc32: sum, object, etag, ...more }) => ({
    ...{ path, size, mtimeNs, inode, birthtimeNs, sha256, crc32: sum, object, etag },
    ...given({ versionId: more.versionId, offset: more.offset }),
  }));
}

async function putOnce(
  store: ObjectStore,
  key: string,
  body: Buffer,
  earlier: boolean,
): Promise<{ etag: string; versionId?: string | undefined }> {
  const expected = { key, size: body.length, crc32: crc32Base64(crc32(body)), sha256: sha256Of(body) };
  const found = earlier ? await findObject(store, expected) : undefined;
  if (found) return found;
  try {
    return await store.create(key, body);
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
    return await confirmObject(store, expected);
  }
}
