import protobuf from 'protobufjs';
import { z } from 'zod';
import 'protobufjs/ext/descriptor';
import { SnapshotFileInvalid } from '../errors';

export const SNAPSHOT_TYPE = 'yb.master.SnapshotInfoPB';

/** `ContainerSupHeaderPB`: 1 `protos` FileDescriptorSet, 2 `pb_type`. */
export function schemaOf(header: Uint8Array): protobuf.Root {
  let protos: Uint8Array | undefined;
  let type = '';
  try {
    const reader = protobuf.Reader.create(header);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === ((1 << 3) | 2)) protos = reader.bytes();
      else if (tag === ((2 << 3) | 2)) type = reader.string();
      else reader.skipType(tag & 7);
    }
  } catch {
    throw new SnapshotFileInvalid('its schema record cannot be read');
  }
  if (type !== SNAPSHOT_TYPE)
    throw new SnapshotFileInvalid(`it holds a ${type || 'message of no type'}, not a ${SNAPSHOT_TYPE}`);
  if (!protos) throw new SnapshotFileInvalid('it has no schema');
  try {
    const root = protobuf.Root.fromDescriptor(protos, { keepCase: true });
    root.resolveAll();
    return root;
  } catch (error) {
    throw new SnapshotFileInvalid(
      `its schema cannot be used (${(error as { message?: string }).message ?? 'unknown reason'})`,
    );
  }
}

/**
 * Decodes a message by its type in the file's schema: enums as numbers, 64-bit numbers as text. The schema is the
 * file's, so the result must have the expected form. Fails with `SnapshotFileInvalid`.
 */
export function decode<T>(root: protobuf.Root, type: string, form: z.ZodType<T>, bytes: Uint8Array): T {
  try {
    const known = root.lookupType(type);
    return form.parse(known.toObject(known.decode(bytes), { longs: String }));
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new SnapshotFileInvalid(
        `a ${type} in it has an unexpected form (${error.issues[0]?.path.join('.') ?? ''}: ${error.issues[0]?.message ?? ''})`,
      );
    throw new SnapshotFileInvalid(
      `a ${type} in it cannot be read (${(error as { message?: string }).message ?? 'unknown reason'})`,
    );
  }
}
