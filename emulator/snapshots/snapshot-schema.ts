import protobuf from 'protobufjs';

/**
 * The part of YugabyteDB's schema that an exported snapshot uses; field numbers as in catalog_entity_info.proto and
 * master_backup.proto (about 2025), common.proto and common_types.proto.
 */
const COMMON = `
syntax = "proto2";
package yb;
enum TableType { DEFAULT_TABLE_TYPE = 2; REDIS_TABLE_TYPE = 3; PGSQL_TABLE_TYPE = 4; }
enum YQLDatabase { YQL_DATABASE_UNKNOWN = 1; YQL_DATABASE_CQL = 2; YQL_DATABASE_PGSQL = 3; YQL_DATABASE_REDIS = 4; }
message PartitionPB { repeated int32 hash_buckets = 1 [packed = true]; optional bytes partition_key_start = 2; optional bytes partition_key_end = 3; }
message QLTypePB { optional int32 main = 1; }
message ColumnSchemaPB {
  optional uint32 id = 1; required string name = 2; required QLTypePB type = 3; optional bool is_key = 4; optional bool is_hash_key = 5; optional bool is_nullable = 6;
}
message ColocatedTableIdentifierPB { optional uint32 colocation_id = 2; }
message SchemaPB { repeated ColumnSchemaPB columns = 1; optional ColocatedTableIdentifierPB colocated_table_id = 3; }
// Names as doc_vector_index and common.proto have them; the number 34 is assumed, readers take it from the file.
message PgVectorIdxOptionsPB { optional int32 dist_type = 1; optional int32 idx_type = 2; optional uint32 dimensions = 3; optional uint32 column_id = 4; optional bytes id = 6; }
message IndexInfoPB { optional bytes table_id = 1; optional bytes indexed_table_id = 8; optional PgVectorIdxOptionsPB vector_idx_options = 34; }
message PartitionSchemaPB { optional int32 hash_schema = 3; }`;

const CATALOG = `
syntax = "proto2";
package yb.master;
enum SysRowEntryType {
  UNKNOWN = 0; TABLE = 1; TABLET = 2; CLUSTER_CONFIG = 3; NAMESPACE = 4; UDTYPE = 5; ROLE = 6; SNAPSHOT = 7; REDIS_CONFIG = 8; SYS_CONFIG = 9;
  CDC_STREAM = 10; UNIVERSE_REPLICATION = 11; SNAPSHOT_SCHEDULE = 12; DDL_LOG_ENTRY = 13;
}
message SysRowEntry { optional SysRowEntryType type = 1; optional string id = 2; optional bytes data = 3; }
message SysNamespaceEntryPB {
  optional bytes name = 1; optional yb.YQLDatabase database_type = 2; optional uint32 next_normal_pg_oid = 3; optional bool colocated = 4; optional int32 state = 5;
}
message SysTablesEntryPB {
  required bytes name = 1; required uint32 version = 2; required yb.SchemaPB schema = 3; optional int32 state = 6; optional int32 next_column_id = 8;
  optional yb.PartitionSchemaPB partition_schema = 9; optional yb.TableType table_type = 10 [default = DEFAULT_TABLE_TYPE]; optional bytes namespace_id = 11;
  optional bytes indexed_table_id = 13; optional yb.IndexInfoPB index_info = 22; optional bool colocated = 25; optional bytes namespace_name = 30; optional int32 hide_state = 33; optional bool is_matview = 37; optional bytes parent_table_id = 40;
  // The emulator's own: a YCQL table's whole definition, which the real file spells out in its schema.
  optional bytes emulator_definition = 1000;
}
message SysUDTypeEntryPB { optional bytes namespace_id = 1; optional bytes name = 2; repeated bytes field_names = 3; repeated yb.QLTypePB field_types = 4; }
message SysTabletsEntryPB {
  optional int32 state = 4; required bytes table_id = 6; optional yb.PartitionPB partition = 7; repeated bytes table_ids = 8; optional bool colocated = 9;
  optional bool hosted_tables_mapped_by_parent_id = 18;
}
message SysSnapshotEntryPB {
  enum State { UNKNOWN = 0; CREATING = 1; COMPLETE = 2; DELETING = 3; DELETED = 4; FAILED = 5; CANCELLED = 6; RESTORING = 7; RESTORED = 8; }
  optional State state = 1; repeated SysRowEntry entries = 3; optional fixed64 snapshot_hybrid_time = 4; optional int64 version = 5; optional int32 retention_duration_hours = 8; optional bool imported = 9;
}
message BackupRowEntryPB { required SysRowEntry entry = 1; optional bytes pg_schema_name = 2; }
message SnapshotInfoPB { optional bytes id = 1; optional SysSnapshotEntryPB entry = 2; optional int64 format_version = 3 [default = 1]; repeated BackupRowEntryPB backup_entries = 4; }`;

export const SNAPSHOT_INFO = 'yb.master.SnapshotInfoPB';

/** A fresh root. The texts are two files of one schema. */
export function snapshotSchema(): protobuf.Root {
  const root = new protobuf.Root();
  protobuf.parse(COMMON, root, { keepCase: true });
  protobuf.parse(CATALOG, root, { keepCase: true });
  root.resolveAll();
  return root;
}

export const SCHEMA_ROOT = snapshotSchema();
