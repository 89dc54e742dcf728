//! What happens at the places at which tests have the checks fail (`rule/fault.rs`). It is compiled with the feature
//! `fault_injection` only.
//!
//! A session that sets `fault_injection.at` to `KIND NUMBER`, with anything behind it, has the checks fail once: at the place
//! that they come to as the NUMBER-th since then. A WARNING tells the place. The kinds are `panic`, `cancel`, `terminate`,
//! `kill`, `stop`, and every SQLSTATE, for an error of PostgreSQL's.

use std::cell::RefCell;

use pgrx::pg_sys;

use super::report::{self, RawReport, sqlstate};
use super::{backend, text};
use crate::rule::fault;

/// The places that were passed since the setting has this text. None of them is counted any more once it has failed.
#[derive(Default)]
struct Passed {
    setting: String,
    places: Option<u64>,
}

thread_local!(static PASSED: RefCell<Passed> = RefCell::default());

const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;
const SIGSTOP: i32 = 19;

unsafe extern "C" {
    fn kill(process: i32, signal: i32) -> i32;
}

/// Has the places do what the setting says; called once when the library is loaded.
pub fn register() {
    fault::act_by(act);
}

fn act(place: &'static str) {
    let setting = setting();
    let mut words = setting.split(' ');
    let (Some(kind), Some(Ok(number))) = (words.next(), words.next().map(str::parse::<u64>)) else { return };
    let is_due = PASSED.with_borrow_mut(|passed| {
        if passed.setting != setting {
            *passed = Passed { setting: setting.clone(), places: Some(0) };
        }
        passed.places = passed.places.map(|places| places + 1);
        let is_due = passed.places == Some(number);
        passed.places = passed.places.filter(|_| !is_due);
        is_due
    });
    if is_due {
        report::send(&RawReport::failure(false, 0, &format!("fault injected: {kind} at {place}"), "", ""));
        fail(kind);
    }
}

fn fail(kind: &str) {
    let send = |signal| {
        // SAFETY: the process sends a signal to itself.
        unsafe { kill(std::process::id() as i32, signal) };
    };
    match kind {
        "panic" => panic!("the test has asked for a panic"),
        "cancel" => send(SIGINT),
        "terminate" => send(SIGTERM),
        "kill" => send(SIGKILL),
        "stop" => send(SIGSTOP),
        state => {
            let state: [u8; 5] = state.as_bytes().try_into().expect("five characters make a SQLSTATE");
            report::send(&RawReport::failure(true, sqlstate(state), "the test has asked for an error", "", ""));
        }
    }
    backend::check_for_interrupts();
}

/// The setting's text; empty where it is not set.
fn setting() -> String {
    // SAFETY: the name is NUL-terminated; the text is null or NUL-terminated, and is copied at once.
    unsafe {
        let value = pg_sys::GetConfigOption(c"fault_injection.at".as_ptr(), true, false);
        if value.is_null() { String::new() } else { text::from_server(value) }
    }
}
