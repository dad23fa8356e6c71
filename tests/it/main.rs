//! The integration tests: one binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod config;
mod layers;
mod migrations;
mod store;
