//! The system catalogs that are read, the columns that are read of them, and the indexes by which they are searched.
//! The names and numbers are PostgreSQL's own (source: `src/include/catalog/pg_*.h`).

use super::row::catalog;

catalog! {
    /// Tables, indexes, sequences, composite types.
    PgClass = 1259 {
        oid, relname, relnamespace, relowner, relkind, relpersistence, relispartition, relhassubclass, relrowsecurity, relam, reltype,
        reltuples, relpartbound, reloftype, relhasrules, relforcerowsecurity, relacl,
    }
}
catalog! {
    /// Schemas.
    PgNamespace = 2615 { oid, nspname }
}
catalog! {
    /// Columns.
    PgAttribute = 1249 {
        attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attisdropped, attinhcount, attcollation, atthasdef,
        attidentity, attgenerated, attislocal, attoptions, attstorage, attcompression,
    }
}
catalog! {
    /// Constraints of tables and domains.
    PgConstraint = 2606 {
        oid, conname, contype, conrelid, contypid, conkey, confkey, confrelid, confdeltype, confupdtype, confmatchtype,
        confdelsetcols, condeferrable, condeferred, convalidated, conenforced, conperiod, coninhcount, conparentid,
        conindid, conpfeqop, conbin, conislocal,
    }
}
catalog! {
    /// What an index has besides its row in pg_class.
    PgIndex = 2610 {
        indexrelid, indrelid, indkey, indnkeyatts, indisvalid, indisready, indislive, indpred, indexprs, indisunique,
        indclass, indcollation, indoption, indnullsnotdistinct, indimmediate, indisexclusion, indisreplident,
        indisclustered,
    }
}
catalog! {
    /// Operator classes.
    PgOpclass = 2616 { oid, opcfamily }
}
catalog! {
    /// Operators.
    PgOperator = 2617 { oid, oprcom, oprright }
}
catalog! {
    /// The operators of operator families.
    PgAmop = 2602 { amopopr, amoppurpose, amopfamily }
}
catalog! {
    /// Collations.
    PgCollation = 3456 { oid, collisdeterministic }
}
catalog! {
    /// Casts between data types.
    PgCast = 2605 { castsource, casttarget, castfunc, castcontext, castmethod }
}
catalog! {
    /// Data types.
    PgType = 1247 {
        oid, typname, typnamespace, typowner, typtype, typcategory, typlen, typelem, typarray, typbasetype, typtypmod,
        typrelid, typnotnull, typdefault, typcollation, typstorage, typacl,
    }
}
catalog! {
    /// What a range type has besides its row in pg_type.
    PgRange = 3541 { rngtypid, rngsubtype, rngmultitypid }
}
catalog! {
    /// What a sequence has besides its row in pg_class.
    PgSequence = 2224 { seqrelid, seqtypid, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle }
}
catalog! {
    /// Which object depends on which.
    PgDepend = 2608 { classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype }
}
catalog! {
    /// Extensions.
    PgExtension = 3079 { oid, extname, extowner, extversion }
}
catalog! {
    /// Comments.
    PgDescription = 2609 { objoid, classoid, objsubid, description }
}
catalog! {
    /// The planner's statistics about columns.
    PgStatistic = 2619 { starelid, staattnum, stanullfrac }
}
catalog! {
    /// What ALTER DATABASE … SET and ALTER ROLE … SET have set.
    PgDbRoleSetting = 2964 { setdatabase, setrole, setconfig }
}
catalog! {
    /// Which table is a child or partition of which.
    PgInherits = 2611 { inhrelid, inhparent }
}
catalog! {
    /// Event triggers.
    PgEventTrigger = 3466 { evtname, evtenabled }
}
catalog! {
    /// What a partitioned table has besides its row in pg_class.
    PgPartitionedTable = 3350 { partrelid, partattrs }
}
catalog! {
    /// The defaults and generation expressions of columns.
    PgAttrdef = 2604 { oid, adrelid, adnum, adbin }
}
catalog! {
    /// The rules that views and other relations have.
    PgRewrite = 2618 { oid, rulename, ev_class }
}
catalog! {
    /// Triggers.
    PgTrigger = 2620 { oid, tgname, tgrelid, tgparentid, tgisinternal }
}
catalog! {
    /// Policies of row-level security.
    PgPolicy = 3256 { oid, polname, polrelid }
}
catalog! {
    /// Functions and procedures.
    PgProc = 1255 { oid, prokind }
}
catalog! {
    /// Which publication publishes which table.
    PgPublicationRel = 6106 { oid, prpubid }
}
catalog! {
    /// Publications.
    PgPublication = 6104 { oid, pubname }
}
catalog! {
    /// Extended statistics.
    PgStatisticExt = 3381 { oid, stxname, stxnamespace, stxexprs }
}

/// The oids of the catalogs' indexes that are used.
pub mod index {
    use pgrx::pg_sys;

    /// `pg_class_oid_index`.
    pub const CLASS_OID: u32 = 2662;
    /// `pg_class_relname_nsp_index`.
    pub const CLASS_NAME: u32 = 2663;
    /// `pg_namespace_oid_index`.
    pub const NAMESPACE_OID: u32 = 2685;
    /// `pg_attribute_relid_attnum_index`.
    pub const ATTRIBUTE_RELATION_NUMBER: u32 = 2659;
    /// `pg_attribute_relid_attnam_index`.
    pub const ATTRIBUTE_RELATION_NAME: u32 = 2658;
    /// `pg_constraint_oid_index`.
    pub const CONSTRAINT_OID: u32 = 2667;
    /// `pg_constraint_conrelid_contypid_conname_index`.
    pub const CONSTRAINT_RELATION: u32 = 2665;
    /// `pg_constraint_contypid_index`.
    pub const CONSTRAINT_TYPE: u32 = 2666;
    /// `pg_index_indrelid_index`.
    pub const INDEX_RELATION: u32 = 2678;
    /// `pg_index_indexrelid_index`.
    pub const INDEX_OID: u32 = 2679;
    /// `pg_type_oid_index`.
    pub const TYPE_OID: u32 = 2703;
    /// `pg_type_typname_nsp_index`.
    pub const TYPE_NAME: u32 = 2704;
    /// `pg_enum_oid_index`.
    pub const ENUM_OID: u32 = 3502;
    /// `pg_opclass_oid_index`.
    pub const OPCLASS_OID: u32 = 2687;
    /// `pg_operator_oid_index`.
    pub const OPERATOR_OID: u32 = 2688;
    /// `pg_amop_opr_fam_index`.
    pub const AMOP_OPERATOR: u32 = 2654;
    /// `pg_collation_oid_index`.
    pub const COLLATION_OID: u32 = 3085;
    /// `pg_cast_source_target_index`.
    pub const CAST_SOURCE_TARGET: u32 = 2661;
    /// `pg_range_rngtypid_index`.
    pub const RANGE_TYPE: u32 = 3542;
    /// `pg_range_rngmultitypid_index`.
    pub const RANGE_MULTIRANGE: u32 = 2228;
    /// `pg_depend_reference_index`.
    pub const DEPEND_REFERENCE: u32 = 2674;
    /// `pg_sequence_seqrelid_index`.
    pub const SEQUENCE_OID: u32 = 5002;
    /// `pg_depend_depender_index`.
    pub const DEPEND_DEPENDER: u32 = 2673;
    /// `pg_extension_oid_index`.
    pub const EXTENSION_OID: u32 = 3080;
    /// `pg_statistic_relid_att_inh_index`.
    pub const STATISTIC: u32 = 2696;
    /// `pg_db_role_setting_databaseid_rol_index`.
    pub const DB_ROLE_SETTING: u32 = 2965;
    /// `pg_description_o_c_o_index`.
    pub const DESCRIPTION: u32 = 2675;
    /// `pg_inherits_relid_seqno_index`.
    pub const INHERITS_CHILD: u32 = 2680;
    /// `pg_inherits_parent_index`.
    pub const INHERITS_PARENT: u32 = 2187;
    /// `pg_partitioned_table_partrelid_index`.
    pub const PARTITIONED_TABLE: u32 = 3351;
    /// `pg_event_trigger_evtname_index`.
    pub const EVENT_TRIGGER_NAME: u32 = 3467;
    /// `pg_attrdef_oid_index`.
    pub const ATTRDEF_OID: u32 = 2657;
    /// `pg_attrdef_adrelid_adnum_index`.
    pub const ATTRDEF_RELATION_NUMBER: u32 = 2656;
    /// `pg_proc_oid_index`.
    pub const PROC_OID: u32 = 2690;
    /// `pg_rewrite_oid_index`.
    pub const REWRITE_OID: u32 = 2692;
    /// `pg_trigger_oid_index`.
    pub const TRIGGER_OID: u32 = 2702;
    /// `pg_policy_oid_index`.
    pub const POLICY_OID: u32 = 3257;
    /// `pg_publication_rel_oid_index`.
    pub const PUBLICATION_REL_OID: u32 = 6112;
    /// `pg_publication_oid_index`.
    pub const PUBLICATION_OID: u32 = 6110;
    /// `pg_statistic_ext_oid_index`.
    pub const STATISTIC_EXT_OID: u32 = 3380;
    /// No index: the whole catalog is read.
    pub const NONE: u32 = 0;

    /// Whether a unique index finds rows of which there are some for every table.
    pub fn is_large(index: u32) -> bool {
        let large = [
            CLASS_OID,
            ATTRIBUTE_RELATION_NUMBER,
            ATTRIBUTE_RELATION_NAME,
            CONSTRAINT_OID,
            INDEX_OID,
            PARTITIONED_TABLE,
        ];
        large.contains(&index)
    }

    /// The id of a cache of catalog rows: a number, of which 19 alone says that it has a sign.
    pub type CacheId = pg_sys::SysCacheIdentifier::Type;

    /// The id of PostgreSQL's cache for the rows that a unique index finds; `None` if there is no such cache or it is
    /// not used here.
    pub fn cache(index: u32) -> Option<CacheId> {
        Some(match index {
            CLASS_OID => pg_sys::SysCacheIdentifier::RELOID,
            NAMESPACE_OID => pg_sys::SysCacheIdentifier::NAMESPACEOID,
            EVENT_TRIGGER_NAME => pg_sys::SysCacheIdentifier::EVENTTRIGGERNAME,
            ENUM_OID => pg_sys::SysCacheIdentifier::ENUMOID,
            TYPE_OID => pg_sys::SysCacheIdentifier::TYPEOID,
            ATTRIBUTE_RELATION_NUMBER => pg_sys::SysCacheIdentifier::ATTNUM,
            ATTRIBUTE_RELATION_NAME => pg_sys::SysCacheIdentifier::ATTNAME,
            CONSTRAINT_OID => pg_sys::SysCacheIdentifier::CONSTROID,
            INDEX_OID => pg_sys::SysCacheIdentifier::INDEXRELID,
            OPCLASS_OID => pg_sys::SysCacheIdentifier::CLAOID,
            OPERATOR_OID => pg_sys::SysCacheIdentifier::OPEROID,
            AMOP_OPERATOR => pg_sys::SysCacheIdentifier::AMOPOPID,
            COLLATION_OID => pg_sys::SysCacheIdentifier::COLLOID,
            CAST_SOURCE_TARGET => pg_sys::SysCacheIdentifier::CASTSOURCETARGET,
            RANGE_TYPE => pg_sys::SysCacheIdentifier::RANGETYPE,
            PROC_OID => pg_sys::SysCacheIdentifier::PROCOID,
            PARTITIONED_TABLE => pg_sys::SysCacheIdentifier::PARTRELID,
            _ => return None,
        })
    }
}
