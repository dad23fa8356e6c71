//! Every integration test, in one binary: it links once.

#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod migrations;
mod store;
