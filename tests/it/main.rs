//! The integration tests: one binary, so that it links once.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test panics when it fails, and says why it skipped"
)]

mod annexes;
mod auth;
mod backup;
mod by_search;
mod changes;
mod cli;
mod client;
mod config;
mod control;
mod convergence;
mod corpus;
mod daemon;
mod export;
mod grants;
mod kill;
mod killed_histories;
mod kinds;
mod layers;
#[path = "../measure/mod.rs"]
mod measure;
mod migrations;
mod mirroring;
mod operation;
mod promises;
mod quiet;
mod refusals;
#[path = "../relevance/mod.rs"]
mod relevance;
mod relevant;
mod render;
mod rerender;
mod service;
mod soak;
mod sql;
mod store;
mod support;
mod sweeping;
mod traps;
mod troubled_disk;
mod undelivered;
mod under_systemd;
mod upgrades;
mod watching;
mod ways;
