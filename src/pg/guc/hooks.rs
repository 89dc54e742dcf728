//! What PostgreSQL calls when the text of an option is set or shown.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_void};

use pgrx::{pg_guard, pg_sys};

use super::unknown_names::warn_of_unknown_names;
use super::variables::{preset, text_set_for};
use crate::pg::memory::Kept;
use crate::pg::{backend, text};
use crate::rules;

/// PostgreSQL's GucStringCheckHook: whether a new text may be set.
pub type CheckHook = unsafe extern "C-unwind" fn(*mut *mut c_char, *mut *mut c_void, pg_sys::GucSource::Type) -> bool;
/// PostgreSQL's GucShowHook: the text that SHOW shows.
pub type ShowHook = unsafe extern "C-unwind" fn() -> *const c_char;

/// Makes the hooks of the options at these positions in [`rules::OPTIONS`]. PostgreSQL does not tell a hook which
/// parameter it is called for, so each option needs hooks of its own, which know its position.
macro_rules! hooks {
    ($($at:literal)+) => { [$((check::<$at> as CheckHook, show::<$at> as ShowHook)),+] };
}

/// The hooks of the options by position. There are more hooks than options, so that a rule with a new option needs no
/// change here; a unit test says when there are too few.
pub const HOOKS: [(CheckHook, ShowHook); 64] = hooks!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
);

/// Called by PostgreSQL before it sets an option. Refuses a text that cannot be parsed, and says in the error's detail
/// which part is wrong. That is all it does, as PostgreSQL also calls it where there is no catalog to look into, or not
/// the right one: in the postmaster, or when a dump is restored. Only where somebody sets the option for a session, names
/// that nothing has are told at once. A parallel worker takes what its leader has accepted.
#[pg_guard]
unsafe extern "C-unwind" fn check<const AT: usize>(
    new: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    if backend::is_parallel_worker() {
        return true;
    }
    // SAFETY: PostgreSQL passes the address of a C string, which is null if the option is not set.
    let Some(text) = (unsafe { (*new).as_ref().map(|text| text::from_server(text)) }) else { return true };
    let option = rules::OPTIONS[AT];
    let Err(bad) = option.parse_any(&text) else {
        if source == pg_sys::GucSource::PGC_S_SESSION && backend::has_catalogs() {
            warn_of_unknown_names(option, &text);
        }
        return true;
    };
    // SAFETY: PostgreSQL reads both variables after a hook has refused a value; the strings live in the current memory
    // context, as it expects.
    unsafe {
        pg_sys::GUC_check_errdetail_string = text::to_server(&bad.detail);
        if let Some(hint) = bad.hint {
            pg_sys::GUC_check_errhint_string = text::to_server(&hint);
        }
    }
    false
}

/// Called by PostgreSQL for SHOW. Returns the value in force: what was set, or the default under the preset.
#[pg_guard]
unsafe extern "C-unwind" fn show<const AT: usize>() -> *const c_char {
    let Some(preset) = preset() else { return c"".as_ptr() };
    let set = text_set_for(AT);
    if set.is_null() { default_as_c_string(rules::OPTIONS[AT].default_under(preset)).as_ptr() } else { set }
}

/// Returns a default as a C string that lives as long as the process.
fn default_as_c_string(default: &'static str) -> &'static CStr {
    thread_local!(static DEFAULTS: Kept<HashMap<&'static str, CString>> = Kept::default());
    DEFAULTS.with_borrow_mut(|defaults| {
        let text = defaults.entry(default).or_insert_with(|| CString::new(default).unwrap_or_default());
        // SAFETY: no entry is ever removed or changed, and a CString keeps its text on the heap, where it stays if the
        // map moves its entries. So the text lives as long as the thread, the backend's only one.
        unsafe { CStr::from_ptr(text.as_ptr()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_has_its_hooks() {
        assert!(rules::OPTIONS.len() <= HOOKS.len(), "hooks! needs more numbers");
    }
}
