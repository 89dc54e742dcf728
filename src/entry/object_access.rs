//! The hook by which PostgreSQL tells about every object that it makes or changes.

use std::ffi::{c_int, c_void};

use pgrx::pg_sys;

use super::failure::is_on;
use crate::guard::notes;

/// The hook that another library has installed before; `None` if there is none.
static mut PREVIOUS_HOOK: pg_sys::object_access_hook_type = None;

/// Installs the hook; called once when the library is loaded.
pub fn register() {
    // SAFETY: only the backend's one thread touches these variables, and libraries are loaded one after the other.
    unsafe {
        PREVIOUS_HOOK = pg_sys::object_access_hook;
        pg_sys::object_access_hook = Some(on_object_access);
    }
}

/// Called by PostgreSQL when it makes, changes, drops or uses an object.
///
/// # Safety
/// Called by PostgreSQL only.
unsafe extern "C-unwind" fn on_object_access(
    access: pg_sys::ObjectAccessType::Type,
    catalog: pg_sys::Oid,
    object: pg_sys::Oid,
    part: c_int,
    argument: *mut c_void,
) {
    use pg_sys::ObjectAccessType::{OAT_POST_ALTER, OAT_POST_CREATE};
    // SAFETY: the kind of access says what the argument is: null, or what is read here. The arguments are passed on as they
    // came. Errors of the other hook jump over this frame, which has nothing to drop.
    unsafe {
        let is_internal = match access {
            OAT_POST_CREATE if !argument.is_null() => (*argument.cast::<pg_sys::ObjectAccessPostCreate>()).is_internal,
            OAT_POST_ALTER if !argument.is_null() => (*argument.cast::<pg_sys::ObjectAccessPostAlter>()).is_internal,
            _ => false,
        };
        let is_relation = catalog == pg_sys::RelationRelationId;
        // An internal relation is a TOAST table, or a copy that a rewrite makes of a table. An internal constraint may be
        // that of a partition.
        let is_noted = matches!(access, OAT_POST_CREATE | OAT_POST_ALTER) && !(is_relation && is_internal);
        if is_noted && is_on() {
            let is_new_relation = access == OAT_POST_CREATE && is_relation && part == 0;
            let (catalog, object) = (catalog.to_u32(), object.to_u32());
            pg_sys::panic::pgrx_extern_c_guard(|| match is_new_relation {
                true => notes::relation_made(object),
                false => notes::object_changed(catalog, object),
            });
        }
        if let Some(previous) = PREVIOUS_HOOK {
            previous(access, catalog, object, part, argument);
        }
    }
}
