//! The system catalogs that are read, their columns, and the indexes by which they are searched.

use super::row::catalog;

catalog!(PgClass = 1259 {
    oid, relname, relnamespace, relkind, relpersistence, relispartition, relrowsecurity, relam, reltype, reltuples,
    relpartbound,
});
catalog!(PgNamespace = 2615 { oid, nspname });
catalog!(PgAttribute = 1249 {
    attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attisdropped, attinhcount, attcollation, atthasdef,
    attidentity, attgenerated, attislocal,
});
catalog!(PgConstraint = 2606 {
    oid, conname, contype, conrelid, contypid, conkey, confkey, confrelid, confdeltype, confupdtype, confmatchtype,
    confdelsetcols, condeferrable, condeferred, convalidated, conenforced, conperiod, coninhcount, conparentid, conindid, conbin,
});
catalog!(PgIndex = 2610 {
    indexrelid, indrelid, indkey, indnkeyatts, indisvalid, indisready, indislive, indpred, indexprs, indisunique,
    indclass, indcollation, indoption, indnullsnotdistinct, indimmediate,
});
catalog!(PgType = 1247 {
    oid, typname, typnamespace, typtype, typcategory, typlen, typelem, typbasetype, typtypmod, typrelid, typnotnull,
    typdefault, typcollation,
});
catalog!(PgEnum = 3501 { enumtypid, enumlabel });
catalog!(PgRange = 3541 { rngtypid, rngsubtype, rngmultitypid });
catalog!(PgDepend = 2608 { classid, objid, refclassid, refobjid, refobjsubid, deptype });
catalog!(PgExtension = 3079 { oid, extowner });
catalog!(PgDescription = 2609 { objoid, classoid, objsubid, description });
catalog!(PgStatistic = 2619 { starelid, staattnum, stanullfrac });
catalog!(PgDbRoleSetting = 2964 { setdatabase, setrole, setconfig });
catalog!(PgInherits = 2611 { inhrelid, inhparent });
catalog!(PgEventTrigger = 3466 { evtname, evtenabled });
catalog!(PgPartitionedTable = 3350 { partrelid, partattrs });
catalog!(PgAttrdef = 2604 { oid, adrelid, adnum, adbin });

/// The indexes of the catalogs that are searched.
pub mod index {
    use pgrx::pg_sys;

    pub const CLASS_OID: u32 = 2662;
    pub const CLASS_NAME: u32 = 2663;
    pub const NAMESPACE_OID: u32 = 2685;
    pub const ATTRIBUTE_RELATION_NUMBER: u32 = 2659;
    pub const CONSTRAINT_OID: u32 = 2667;
    pub const CONSTRAINT_RELATION: u32 = 2665;
    pub const CONSTRAINT_TYPE: u32 = 2666;
    pub const INDEX_RELATION: u32 = 2678;
    pub const INDEX_OID: u32 = 2679;
    pub const TYPE_OID: u32 = 2703;
    pub const ENUM_TYPE_ORDER: u32 = 3534;
    pub const RANGE_TYPE: u32 = 3542;
    pub const RANGE_MULTIRANGE: u32 = 2228;
    pub const DEPEND_REFERENCE: u32 = 2674;
    pub const DEPEND_DEPENDER: u32 = 2673;
    pub const EXTENSION_OID: u32 = 3080;
    pub const STATISTIC: u32 = 2696;
    pub const DB_ROLE_SETTING: u32 = 2965;
    pub const DESCRIPTION: u32 = 2675;
    pub const INHERITS_CHILD: u32 = 2680;
    pub const INHERITS_PARENT: u32 = 2187;
    pub const PARTITIONED_TABLE: u32 = 3351;
    pub const EVENT_TRIGGER_NAME: u32 = 3467;
    pub const ATTRDEF_OID: u32 = 2657;
    pub const ATTRDEF_RELATION_NUMBER: u32 = 2656;
    /// No index: a pass over the whole catalog.
    pub const NONE: u32 = 0;

    /// PostgreSQL's cache of the rows that an index finds one at a time.
    pub fn cache(index: u32) -> Option<u32> {
        Some(match index {
            CLASS_OID => pg_sys::SysCacheIdentifier::RELOID,
            NAMESPACE_OID => pg_sys::SysCacheIdentifier::NAMESPACEOID,
            TYPE_OID => pg_sys::SysCacheIdentifier::TYPEOID,
            ATTRIBUTE_RELATION_NUMBER => pg_sys::SysCacheIdentifier::ATTNUM,
            CONSTRAINT_OID => pg_sys::SysCacheIdentifier::CONSTROID,
            INDEX_OID => pg_sys::SysCacheIdentifier::INDEXRELID,
            RANGE_TYPE => pg_sys::SysCacheIdentifier::RANGETYPE,
            PARTITIONED_TABLE => pg_sys::SysCacheIdentifier::PARTRELID,
            _ => return None,
        })
    }
}
