//! Everything that calls PostgreSQL. May use every folder below `guard` and `entry`; the rest of the extension reaches
//! PostgreSQL only through here. Only this folder and `entry`, which PostgreSQL calls, may contain unsafe code.
//!
//! What is inside, from the lowest layer to the highest; each may use those before it:
//!
//! * `errors`, `spare_memory`, `memory`, `kept_error`, `text`, `report`, `rows`, `backend`: caught errors, memory for Rust, strings,
//!   messages to the client, rows of functions, the state of the backend
//! * `scan`: searches in the system catalogs
//! * `own_tables`: writes to the extension's own tables
//! * `read`: facts about tables and types
//! * `statement`: parse trees and what PostgreSQL tells event triggers
//!
//! `lines` and `progress` are for long answers, `watch` tells what has changed since it was read,
//! `turns` has one commit wait for another, `fault` is for tests.
//! `guc`, the configuration parameters, uses `scan` and `read`, and is used by none of them.

pub mod backend;
pub mod errors;
#[cfg(feature = "fault_injection")]
pub mod fault;
pub mod guc;
pub mod kept_error;
pub mod lines;
pub mod memory;
pub mod own_tables;
pub mod progress;
pub mod read;
pub mod report;
pub mod rows;
pub mod scan;
pub mod spare_memory;
pub mod statement;
pub mod text;
pub mod turns;
pub mod watch;
