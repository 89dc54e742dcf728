//! Finds the relations that a statement is about, from its parse tree.

use std::ffi::CStr;

use pgrx::{PgList, pg_sys};

use super::Node;
use crate::facts::{Oid, QualifiedName};
use crate::pg::read::Reader;
use crate::pg::read::dependents::table_of_index;
use crate::pg::scan::schema::{PgClass, index};
use crate::pg::scan::{Key, find};
use crate::pg::text;

/// A relation as a statement names it. The names of types and functions that are created count as well: like a
/// relation's, they consist of a schema and a name.
enum RelationName {
    /// The statement creates it.
    Created(*mut pg_sys::RangeVar),
    /// It exists, or the statement fails.
    Existing(*mut pg_sys::RangeVar),
}

/// A field of a node, as the struct that its tag says it is.
macro_rules! field {
    ($tree:ident, $node:ident, $field:ident) => {
        (*$tree.cast::<pg_sys::$node>()).$field
    };
}

/// Finds the relations that a statement is about. Temporary ones and those that do not exist are left out, and an index
/// stands for its table. `None` if the statement is about something other than relations.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
pub unsafe fn find_relations(tree: Node, now: &Reader) -> Option<Vec<QualifiedName>> {
    // SAFETY: the caller promises that the tree is valid, and so are the names in it.
    unsafe { Some(collect_names(tree)?.iter().filter_map(|name| qualify(name, now)).collect()) }
}

/// The relations that a statement names.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn collect_names(tree: Node) -> Option<Vec<RelationName>> {
    use pg_sys::NodeTag::*;
    // SAFETY: the caller promises that the tree is valid; its tag says which statement it is.
    unsafe {
        match (*tree).type_ {
            T_CommentStmt => Some(vec![RelationName::Existing(commented_relation(tree)?)]),
            T_GrantStmt => granted_relations(tree),
            T_DropStmt => dropped_relations(tree),
            _ => {
                let created = created_relation(tree).filter(|name| !name.is_null()).map(RelationName::Created);
                let changed = || changed_relation(tree).filter(|name| !name.is_null()).map(RelationName::Existing);
                created.or_else(changed).map(|name| vec![name])
            }
        }
    }
}

/// The relation, type or function that a CREATE statement creates; it may be null.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn created_relation(tree: Node) -> Option<*mut pg_sys::RangeVar> {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag. The names of types and
    // functions are lists of strings. A CreateForeignTableStmt begins with a CreateStmt.
    unsafe {
        match (*tree).type_ {
            T_CreateStmt | T_CreateForeignTableStmt => Some(field!(tree, CreateStmt, relation)),
            T_CreateTableAsStmt => Some((*field!(tree, CreateTableAsStmt, into)).rel),
            T_ViewStmt => Some(field!(tree, ViewStmt, view)),
            T_CreateSeqStmt => Some(field!(tree, CreateSeqStmt, sequence)),
            T_CompositeTypeStmt => Some(field!(tree, CompositeTypeStmt, typevar)),
            T_CreateEnumStmt => range_var(field!(tree, CreateEnumStmt, typeName)),
            T_CreateDomainStmt => range_var(field!(tree, CreateDomainStmt, domainname)),
            T_CreateFunctionStmt => range_var(field!(tree, CreateFunctionStmt, funcname)),
            _ => None,
        }
    }
}

/// The relation that a statement changes, or adds something to; null if it changes something other than a relation.
///
/// # Safety
/// `tree` is a valid parse tree of a utility statement.
unsafe fn changed_relation(tree: Node) -> Option<*mut pg_sys::RangeVar> {
    use pg_sys::NodeTag::*;
    // SAFETY: the tag of a valid node says which struct it is, and each cast follows the tag.
    unsafe {
        Some(match (*tree).type_ {
            T_IndexStmt => field!(tree, IndexStmt, relation),
            T_AlterTableStmt => field!(tree, AlterTableStmt, relation),
            T_AlterSeqStmt => field!(tree, AlterSeqStmt, sequence),
            T_RenameStmt => field!(tree, RenameStmt, relation),
            T_AlterObjectSchemaStmt => field!(tree, AlterObjectSchemaStmt, relation),
            T_CreateTrigStmt => field!(tree, CreateTrigStmt, relation),
            T_RuleStmt => field!(tree, RuleStmt, relation),
            T_CreatePolicyStmt => field!(tree, CreatePolicyStmt, table),
            T_AlterPolicyStmt => field!(tree, AlterPolicyStmt, table),
            _ => return None,
        })
    }
}

/// The relation that a COMMENT is about, or that has the part that it is about.
///
/// # Safety
/// `tree` is a valid CommentStmt.
pub(super) unsafe fn commented_relation(tree: Node) -> Option<*mut pg_sys::RangeVar> {
    use pg_sys::ObjectType::*;
    // SAFETY: the caller promises what the tree is. For these kinds of objects it holds a list of strings.
    unsafe {
        let names_after_relation = match field!(tree, CommentStmt, objtype) {
            OBJECT_TABLE | OBJECT_FOREIGN_TABLE | OBJECT_VIEW | OBJECT_MATVIEW | OBJECT_INDEX | OBJECT_SEQUENCE => 0,
            OBJECT_COLUMN | OBJECT_TABCONSTRAINT | OBJECT_TRIGGER | OBJECT_RULE | OBJECT_POLICY => 1,
            _ => return None,
        };
        existing_relation(field!(tree, CommentStmt, object), names_after_relation)
    }
}

/// The relations that a GRANT or REVOKE names; `None` for one on schemas or all tables in a schema.
///
/// # Safety
/// `tree` is a valid GrantStmt.
unsafe fn granted_relations(tree: Node) -> Option<Vec<RelationName>> {
    use pg_sys::ObjectType::{OBJECT_SEQUENCE, OBJECT_TABLE};
    // SAFETY: the caller promises what the tree is. The tags of the objects' names say whether they are RangeVars.
    unsafe {
        if !matches!(field!(tree, GrantStmt, objtype), OBJECT_TABLE | OBJECT_SEQUENCE) {
            return None;
        }
        // The names in GRANT … ON ALL TABLES IN SCHEMA are those of schemas, as strings.
        let is_relation = |name: Node| (*name).type_ == pg_sys::NodeTag::T_RangeVar;
        let names = PgList::<pg_sys::Node>::from_pg(field!(tree, GrantStmt, objects));
        names.iter_ptr().map(|name| is_relation(name).then(|| RelationName::Existing(name.cast()))).collect()
    }
}

/// The relations that a DROP drops, or drops something from.
///
/// # Safety
/// `tree` is a valid DropStmt.
unsafe fn dropped_relations(tree: Node) -> Option<Vec<RelationName>> {
    use pg_sys::ObjectType::*;
    // SAFETY: the caller promises what the tree is. For these kinds of objects it holds a list of lists of strings.
    unsafe {
        let names_after_relation = match field!(tree, DropStmt, removeType) {
            OBJECT_TABLE | OBJECT_FOREIGN_TABLE | OBJECT_INDEX | OBJECT_VIEW | OBJECT_MATVIEW | OBJECT_SEQUENCE => 0,
            OBJECT_TRIGGER | OBJECT_RULE | OBJECT_POLICY => 1,
            _ => return None,
        };
        let objects = PgList::<pg_sys::Node>::from_pg(field!(tree, DropStmt, objects));
        let relation = |names| existing_relation(names, names_after_relation).map(RelationName::Existing);
        objects.iter_ptr().map(relation).collect()
    }
}

/// The relation that a list of names stands for once that many names are removed from its end: those of a column,
/// trigger or the like.
///
/// # Safety
/// `names` is null or a valid node; a list is one of strings.
unsafe fn existing_relation(names: Node, names_after_relation: i32) -> Option<*mut pg_sys::RangeVar> {
    // SAFETY: the caller promises that the node is valid, and the cast follows its tag. The list is copied before it is
    // shortened, as it is part of the statement.
    unsafe {
        if names.is_null() || (*names).type_ != pg_sys::NodeTag::T_List {
            return None;
        }
        let names: *mut pg_sys::List = names.cast();
        let length = ((*names).length - names_after_relation).max(0);
        range_var(pg_sys::list_truncate(pg_sys::list_copy(names), length))
    }
}

/// Makes a RangeVar of a list of names; `None` for an empty list and for one of more than three names, with which the
/// statement fails.
///
/// # Safety
/// `names` is null or a valid list of strings.
pub unsafe fn range_var(names: *mut pg_sys::List) -> Option<*mut pg_sys::RangeVar> {
    // SAFETY: the caller promises that the list is valid; for one to three names no error is raised.
    unsafe { (1..=3).contains(&pg_sys::list_length(names)).then(|| pg_sys::makeRangeVarFromNameList(names)) }
}

/// Schema and name of a relation; `None` if it is temporary, or if it should exist and does not.
///
/// # Safety
/// `name` holds a valid RangeVar.
unsafe fn qualify(name: &RelationName, now: &Reader) -> Option<QualifiedName> {
    // SAFETY: the caller promises that the RangeVar is valid.
    unsafe {
        match name {
            RelationName::Existing(name) => qualify_existing(look_up(*name), now),
            RelationName::Created(name) => qualify_created(&**name, now),
        }
    }
}

/// Schema and name that a relation will have once it is created; without a schema, it will be in the first one of
/// search_path.
///
/// # Safety
/// `name` is a valid RangeVar.
unsafe fn qualify_created(name: &pg_sys::RangeVar, now: &Reader) -> Option<QualifiedName> {
    // SAFETY: the names in a valid RangeVar are null or NUL-terminated, and its relation's name is not null.
    unsafe {
        let schema = match name.schemaname.is_null() {
            true => PgList::<pg_sys::Oid>::from_pg(pg_sys::fetch_search_path(false)).get_oid(0).unwrap_or_default(),
            false => pg_sys::LookupNamespaceNoError(name.schemaname),
        };
        let is_temporary = name.relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP
            || pg_sys::isAnyTempNamespace(schema)
            || (!name.schemaname.is_null() && CStr::from_ptr(name.schemaname) == c"pg_temp");
        let qualified = || QualifiedName::new(now.schema_name(schema.to_u32()), text::from_server(name.relname));
        (!is_temporary).then(qualified)
    }
}

/// Schema and name of a relation that exists, or of its table if it is an index.
fn qualify_existing(relation: Oid, now: &Reader) -> Option<QualifiedName> {
    let table = table_of_index(now, relation).unwrap_or(relation);
    let (persistence, schema, name) =
        find(now.snapshot(), index::CLASS_OID, &[(PgClass::oid, Key::Oid(table))], |row| {
            let name = row.name(PgClass::relname);
            (row.char(PgClass::relpersistence), row.oid(PgClass::relnamespace), name)
        })?;
    (persistence != 't').then(|| QualifiedName::new(now.schema_name(schema), name))
}

/// Looks up the oid of a relation by its name; 0 if there is none. Takes no lock and checks no privilege, as the
/// statement itself does both when it looks up the name again.
///
/// # Safety
/// `name` is a valid RangeVar.
pub unsafe fn look_up(name: *mut pg_sys::RangeVar) -> Oid {
    // SAFETY: the names in a valid RangeVar are null or NUL-terminated, and its relation's name is not null. The
    // current database exists, so it has a name.
    unsafe {
        let (schema, is_temporary) = ((*name).schemaname, (*name).relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP);
        let schema = if is_temporary { c"pg_temp".as_ptr() } else { schema.cast_const() };
        let (database, name) = ((*name).catalogname, (*name).relname);
        let current_database = || CStr::from_ptr(pg_sys::get_database_name(pg_sys::MyDatabaseId));
        let found = match schema.is_null() {
            _ if !database.is_null() && CStr::from_ptr(database) != current_database() => pg_sys::InvalidOid,
            true => pg_sys::RelnameGetRelid(name),
            false => pg_sys::get_relname_relid(name, pg_sys::LookupNamespaceNoError(schema)),
        };
        found.to_u32()
    }
}
