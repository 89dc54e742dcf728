//! Which relations a statement is about, out of its parse tree.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use super::Node;
use crate::facts::{Oid, QualifiedName};
use crate::pg::read::Reader;
use crate::pg::read::dependents::table_of_index;
use crate::pg::scan::schema::{PgClass, index};
use crate::pg::scan::{Key, find};
use crate::pg::text;

/// What a statement names.
enum Named {
    /// Something that it makes, or that is known by its schema alone.
    Made(*mut pg_sys::RangeVar),
    /// Something that is there.
    There(*mut pg_sys::RangeVar),
}

/// The tables, or other relations, that a statement is about, without temporary ones and those that are not there;
/// `None` where it is about something else. An index stands for its table.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
pub unsafe fn concerned(tree: Node, now: &Reader) -> Option<Vec<QualifiedName>> {
    // SAFETY: the caller's promise.
    unsafe { Some(named(tree)?.iter().filter_map(|one| resolve(one, now)).collect()) }
}

/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn named(tree: Node) -> Option<Vec<Named>> {
    use Named::{Made, There};
    use pg_sys::NodeTag::*;
    use pg_sys::ObjectType::*;
    /// A field of the node that its tag says it is.
    macro_rules! field {
        ($node:ident, $field:ident) => {
            (*tree.cast::<pg_sys::$node>()).$field
        };
    }
    // SAFETY: each cast follows the node's own tag; the lists are what the grammar makes them for each kind of object.
    unsafe {
        let one = match (*tree).type_ {
            T_CreateStmt | T_CreateForeignTableStmt => Made(field!(CreateStmt, relation)),
            T_CreateTableAsStmt => Made((*field!(CreateTableAsStmt, into)).rel),
            T_ViewStmt => Made(field!(ViewStmt, view)),
            T_CreateSeqStmt => Made(field!(CreateSeqStmt, sequence)),
            T_CompositeTypeStmt => Made(field!(CompositeTypeStmt, typevar)),
            T_CreateEnumStmt => Made(range_var(field!(CreateEnumStmt, typeName))?),
            T_CreateDomainStmt => Made(range_var(field!(CreateDomainStmt, domainname))?),
            T_CreateFunctionStmt => Made(range_var(field!(CreateFunctionStmt, funcname))?),
            T_IndexStmt => There(field!(IndexStmt, relation)),
            T_AlterTableStmt => There(field!(AlterTableStmt, relation)),
            T_AlterSeqStmt => There(field!(AlterSeqStmt, sequence)),
            T_RenameStmt => There(field!(RenameStmt, relation)),
            T_AlterObjectSchemaStmt => There(field!(AlterObjectSchemaStmt, relation)),
            T_CreateTrigStmt => There(field!(CreateTrigStmt, relation)),
            T_RuleStmt => There(field!(RuleStmt, relation)),
            T_CreatePolicyStmt => There(field!(CreatePolicyStmt, table)),
            T_AlterPolicyStmt => There(field!(AlterPolicyStmt, table)),
            T_CommentStmt => match field!(CommentStmt, objtype) {
                OBJECT_TABLE | OBJECT_VIEW | OBJECT_INDEX | OBJECT_SEQUENCE => list(field!(CommentStmt, object), 0)?,
                OBJECT_COLUMN | OBJECT_TABCONSTRAINT | OBJECT_TRIGGER | OBJECT_RULE | OBJECT_POLICY => {
                    list(field!(CommentStmt, object), 1)?
                }
                _ => return None,
            },
            T_GrantStmt if matches!(field!(GrantStmt, objtype), OBJECT_TABLE | OBJECT_SEQUENCE) => {
                let names = PgList::<pg_sys::Node>::from_pg(field!(GrantStmt, objects));
                // Those of GRANT … ON ALL TABLES IN SCHEMA are names of schemas.
                let is_relation = |name: Node| (*name).type_ == T_RangeVar;
                let all = names.iter_ptr().map(|name| is_relation(name).then(|| There(name.cast())));
                return all.collect();
            }
            T_DropStmt => {
                let parts = match field!(DropStmt, removeType) {
                    OBJECT_TABLE | OBJECT_FOREIGN_TABLE | OBJECT_INDEX | OBJECT_VIEW | OBJECT_MATVIEW
                    | OBJECT_SEQUENCE => 0,
                    OBJECT_TRIGGER | OBJECT_RULE | OBJECT_POLICY => 1,
                    _ => return None,
                };
                let names = PgList::<pg_sys::Node>::from_pg(field!(DropStmt, objects));
                return names.iter_ptr().map(|name| list(name, parts)).collect();
            }
            _ => return None,
        };
        let (Made(name) | There(name)) = one;
        (!name.is_null()).then(|| vec![one])
    }
}

/// The relation that a list of names stands for, without as many parts at its end.
///
/// # Safety
/// `names` is null or a valid node.
unsafe fn list(names: Node, parts: i32) -> Option<Named> {
    // SAFETY: the caller's promise; a list is one of strings.
    unsafe {
        if names.is_null() || (*names).type_ != pg_sys::NodeTag::T_List {
            return None;
        }
        let names: *mut pg_sys::List = names.cast();
        let left = ((*names).length - parts).max(0);
        range_var(pg_sys::list_truncate(pg_sys::list_copy(names), left)).map(Named::There)
    }
}

/// What a list of names stands for; `None` for a longer one than may be, which fails by itself.
///
/// # Safety
/// `names` is null or a valid list of strings.
pub unsafe fn range_var(names: *mut pg_sys::List) -> Option<*mut pg_sys::RangeVar> {
    // SAFETY: the caller's promise.
    unsafe { (1..=3).contains(&pg_sys::list_length(names)).then(|| pg_sys::makeRangeVarFromNameList(names)) }
}

/// # Safety
/// The name is a valid RangeVar.
unsafe fn resolve(named: &Named, now: &Reader) -> Option<QualifiedName> {
    // SAFETY: the caller's promise; the names are null or NUL-terminated.
    unsafe {
        match named {
            Named::There(name) => there(look_up(*name), now),
            Named::Made(name) => {
                let name = &**name;
                let schema = match name.schemaname.is_null() {
                    true => {
                        PgList::<pg_sys::Oid>::from_pg(pg_sys::fetch_search_path(false)).get_oid(0).unwrap_or_default()
                    }
                    false => pg_sys::LookupNamespaceNoError(name.schemaname),
                };
                let is_temporary = name.relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP
                    || pg_sys::isAnyTempNamespace(schema)
                    || (!name.schemaname.is_null() && CStr::from_ptr(name.schemaname) == c"pg_temp");
                let qualified =
                    || QualifiedName::new(now.schema_name(schema.to_u32()), text::from_server(name.relname));
                (!is_temporary).then(qualified)
            }
        }
    }
}

/// The oid of a relation by its name, or 0. No lock is taken and no privilege asked for: the statement looks it up once
/// more.
///
/// # Safety
/// `name` is a valid RangeVar.
pub unsafe fn look_up(name: *mut pg_sys::RangeVar) -> Oid {
    // SAFETY: the caller's promise: the names are null or NUL-terminated.
    unsafe {
        let (schema, is_temporary) = ((*name).schemaname, (*name).relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP);
        let schema = if is_temporary { c"pg_temp".as_ptr() } else { schema.cast_const() };
        let (database, name) = ((*name).catalogname, (*name).relname);
        let here = || CStr::from_ptr(pg_sys::get_database_name(pg_sys::MyDatabaseId));
        let found = match schema.is_null() {
            _ if !database.is_null() && CStr::from_ptr(database) != here() => pg_sys::InvalidOid,
            true => pg_sys::RelnameGetRelid(name),
            false => pg_sys::get_relname_relid(name, pg_sys::LookupNamespaceNoError(schema)),
        };
        found.to_u32()
    }
}

fn there(relation: Oid, now: &Reader) -> Option<QualifiedName> {
    let table = table_of_index(now, relation).unwrap_or(relation);
    let (persistence, schema, name) =
        find(now.snapshot(), index::CLASS_OID, &[(PgClass::oid, Key::Oid(table))], |row| {
            let name = row.name(PgClass::relname);
            (row.char(PgClass::relpersistence), row.oid(PgClass::relnamespace), name)
        })?;
    (persistence != 't').then(|| QualifiedName::new(now.schema_name(schema), name))
}
