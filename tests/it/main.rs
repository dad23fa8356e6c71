//! The integration tests: one binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod auth;
mod cli;
mod client;
mod config;
mod convergence;
mod corpus;
mod kill;
mod layers;
mod measure;
mod migrations;
mod mirroring;
mod render;
mod store;
mod support;
