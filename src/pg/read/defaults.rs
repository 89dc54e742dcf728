//! The defaults of columns.

use pgrx::pg_sys;

use super::expression::{Node, as_string, has_tag, list_items, look_into, without_locations};
use super::reader::Reader;
use super::uses::same_column_of_heirs;
use crate::facts::{AttrNumber, DefaultTime, Oid, oids};
use crate::pg::backend;
use crate::pg::scan::schema::{PgAttrdef, index};
use crate::pg::scan::{Key, Row, find};

/// What `look` makes of the stored default of a column; `None` where it has none.
fn with_default<T>(reader: &Reader, table: Oid, column: AttrNumber, look: impl Fn(&std::ffi::CStr) -> T) -> Option<T> {
    let keys = [(PgAttrdef::adrelid, Key::Oid(table)), (PgAttrdef::adnum, Key::Int2(column))];
    let read = |row: &Row<PgAttrdef>| row.text(PgAttrdef::adbin).map(&look);
    find(reader.snapshot(), index::ATTRDEF_RELATION_NUMBER, &keys, read).flatten()
}

/// Whether a column has another default, or none, in a table to which a change of it goes on.
pub fn heirs_have_other_default(reader: &Reader, table: Oid, column: AttrNumber) -> bool {
    let stored = |table, column| with_default(reader, table, column, |tree| without_locations(&tree.to_string_lossy()));
    let own = stored(table, column);
    same_column_of_heirs(reader, table, column).into_iter().any(|(heir, number)| {
        backend::check_for_interrupts();
        stored(heir, number) != own
    })
}

/// What the default of a column gives, as far as time zones are concerned.
pub fn default_time(reader: &Reader, table: Oid, column: AttrNumber) -> DefaultTime {
    // SAFETY: `look_into` gives a valid tree.
    let classified = with_default(reader, table, column, |tree| look_into(tree, |tree| unsafe { classify(tree) }));
    classified.flatten().unwrap_or_default()
}

/// What an expression gives before it is converted to the type of its column.
///
/// # Safety
/// `tree` is a valid expression tree.
unsafe fn classify(tree: Node) -> DefaultTime {
    // SAFETY: the caller promises a valid tree, of which each of these functions takes any part.
    unsafe {
        let inner = pg_sys::strip_implicit_coercions(tree);
        match pg_sys::exprType(inner).to_u32() {
            oids::TIMESTAMPTZ => DefaultTime::Moment,
            oids::DATE => DefaultTime::Date,
            oids::TIME | oids::TIMETZ => DefaultTime::TimeOfDay,
            oids::TIMESTAMP if is_in_utc(inner) || !pg_sys::contain_mutable_functions(inner) => DefaultTime::Fixed,
            _ => DefaultTime::Unknown,
        }
    }
}

/// Whether an expression is `… AT TIME ZONE 'UTC'` of a moment.
///
/// # Safety
/// `node` is a valid expression tree.
unsafe fn is_in_utc(node: Node) -> bool {
    const NAMES: [&str; 4] = ["utc", "etc/utc", "gmt", "z"];
    // SAFETY: the tag of a valid node says which struct it is; what the cast gives is read only if the tag is right.
    unsafe {
        if !has_tag(node, pg_sys::NodeTag::T_FuncExpr) {
            return false;
        }
        let call = &*node.cast::<pg_sys::FuncExpr>();
        let zone = list_items(call.args).first().and_then(|zone| as_string(*zone));
        call.funcid.to_u32() == oids::MOMENT_IN_ZONE && zone.is_some_and(|zone| NAMES.contains(&&*zone.to_lowercase()))
    }
}
