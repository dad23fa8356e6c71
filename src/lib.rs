//! Mirrors Confluence Cloud to local storage: pages as Markdown plus metadata in one SQLite file.
//!
//! Data flows one way: **fetch** (network) → **render** (storage format → Markdown) → **apply** (one
//! transaction) → read. Whatever decides is a pure function over data; whatever acts is short.
//!
//! ```text
//!                        cli                    edge: arguments, printing, exit codes
//!                         │
//!                        app ─────── config     wiring: the only reader of Config
//!                         │    └──── telemetry
//!                      control                  the socket at which the daemon is asked
//!                         │
//!                       daemon                  lifecycle: schedule, signals, one run at a time
//!                         │
//!                       mirror                  engine: what to fetch, in which order, when it is done
//!           ┌─────────────┼─────────────┐
//!      confluence      convert        store     adapters: HTTP │ pure text │ SQLite
//!           │
//!         auth                                  tokens
//!           └─────────────┬─────────────┘
//!                       model                   the domain's words; no I/O
//! ```
//!
//! The three adapters never meet except in [`mirror`]. `tests/it/layers.rs` keeps every module to its row.

pub mod app;
pub mod auth;
pub mod backup;
pub mod cli;
pub mod config;
pub mod confluence;
pub mod control;
pub mod convert;
pub mod daemon;
pub mod export;
pub mod mirror;
pub mod model;
pub mod store;
pub mod telemetry;

/// What all of the program allocates with; also SQLite and Zstandard, by the feature `override`. Where one thread
/// fetches, another renders and a third writes, it holds less than the C library's allocator, and takes less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
