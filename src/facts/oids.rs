//! Numbers of PostgreSQL's own objects, which are the same in every version and every database. The names are those of
//! its catalogs (source: `pg_type.dat`, `pg_proc.dat`, `pg_am.dat`).

/// A PostgreSQL object identifier.
pub type Oid = u32;

/// A column's number within its relation (`pg_attribute.attnum`).
pub type AttrNumber = i16;

// Types (`pg_type.oid`).
pub const BOOL: Oid = 16;
pub const INT8: Oid = 20;
pub const INT2: Oid = 21;
pub const INT4: Oid = 23;
pub const TEXT: Oid = 25;
pub const JSON: Oid = 114;
pub const FLOAT4: Oid = 700;
pub const FLOAT8: Oid = 701;
pub const MONEY: Oid = 790;
pub const INT4_ARRAY: Oid = 1007;
pub const TEXT_ARRAY: Oid = 1009;
pub const BPCHAR_ARRAY: Oid = 1014;
pub const VARCHAR_ARRAY: Oid = 1015;
pub const BPCHAR: Oid = 1042;
pub const VARCHAR: Oid = 1043;
pub const DATE: Oid = 1082;
pub const TIME: Oid = 1083;
pub const TIMESTAMP: Oid = 1114;
pub const TIMESTAMPTZ: Oid = 1184;
pub const TIMETZ: Oid = 1266;
pub const BIT: Oid = 1560;
pub const NUMERIC: Oid = 1700;
pub const UUID: Oid = 2950;
pub const JSONB: Oid = 3802;
#[cfg(test)]
pub const TSRANGE: Oid = 3908;
#[cfg(test)]
pub const TSTZRANGE: Oid = 3910;

/// smallint, integer, bigint.
pub const INTEGERS: [Oid; 3] = [INT2, INT4, INT8];

// Index access methods (`pg_am.oid`).
pub const BTREE_AM: Oid = 403;
pub const HASH_AM: Oid = 405;
pub const GIST_AM: Oid = 783;

// Functions (`pg_proc.oid`).
/// `text(character)`, the cast that removes the padding.
pub const TEXT_OF_BPCHAR: Oid = 401;
/// `timezone(text, timestamp with time zone)`, which is AT TIME ZONE.
pub const MOMENT_IN_ZONE: Oid = 1159;
/// The functions that give the length of a string: `length`, `char_length` and `octet_length` of text and character.
pub const STRING_LENGTH_FUNCTIONS: [Oid; 8] = [1257, 1317, 1318, 1369, 1372, 1374, 1375, 1381];

/// The collation `default` (`DEFAULT_COLLATION_OID`).
pub const DEFAULT_COLLATION: Oid = 100;

/// The schema `pg_catalog` (`PG_CATALOG_NAMESPACE`).
pub const PG_CATALOG_NAMESPACE: Oid = 11;

/// The first oid that PostgreSQL's build assigns by itself (`FirstGenbkiObjectId`): what is below was given by hand.
pub const FIRST_GENERATED_OID: Oid = 10000;

/// The first oid of an object that is not PostgreSQL's own (`FirstNormalObjectId`).
pub const FIRST_USER_OID: Oid = 16384;
