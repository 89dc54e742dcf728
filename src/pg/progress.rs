//! Tells how far a long task has come: in the process title, and now and then by a NOTICE.

use std::ffi::CString;
use std::time::{Duration, Instant};

use pgrx::pg_sys;

use super::report::{self, RawReport};

/// How often the client is told.
const NOTICE_INTERVAL: Duration = Duration::from_secs(5);

/// How often the process title changes.
const TITLE_INTERVAL: Duration = Duration::from_secs(1);

/// How far a task has come.
pub struct Progress {
    task: &'static str,
    done: u64,
    next_title: Instant,
    next_notice: Instant,
    /// The title that the process had before.
    title: CString,
}

impl Progress {
    /// Begins a task, which is called so.
    pub fn begin(task: &'static str) -> Self {
        let now = Instant::now();
        Self { task, done: 0, next_title: now + TITLE_INTERVAL, next_notice: now + NOTICE_INTERVAL, title: title() }
    }

    /// Another table or type is done.
    pub fn advance(&mut self) {
        self.done += 1;
        let now = Instant::now();
        if now < self.next_title {
            return;
        }
        self.next_title = now + TITLE_INTERVAL;
        let message = format!("{}: {} tables and types checked", self.task, self.done);
        set_title(&CString::new(message.clone()).unwrap_or_default());
        if now >= self.next_notice {
            self.next_notice = now + NOTICE_INTERVAL;
            report::send(&RawReport::notice(&message));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        set_title(&self.title);
    }
}

fn title() -> CString {
    let mut length = 0;
    // SAFETY: returns the title and its length; the title need not end in NUL.
    unsafe {
        let title = pg_sys::get_ps_display(&mut length).cast::<u8>();
        CString::new(std::slice::from_raw_parts(title, length.max(0) as usize)).unwrap_or_default()
    }
}

fn set_title(title: &CString) {
    // SAFETY: copies the title, as far as there is room.
    unsafe { pg_sys::set_ps_display(title.as_ptr()) }
}
