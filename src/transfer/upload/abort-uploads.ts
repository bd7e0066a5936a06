import type { ObjectStore, RequestOptions } from '../store/object-store';

/** Aborts every open multipart upload below a prefix (clean-up after a cancelled run); returns their number. */
export async function abortUploads(store: ObjectStore, prefix: string, options: RequestOptions = {}): Promise<number> {
  const uploads = await store.listMultipartUploads(prefix, options);
  for (const upload of uploads) await store.abortMultipart(upload.key, upload.uploadId, options);
  return uploads.length;
}
