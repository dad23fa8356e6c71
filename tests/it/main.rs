//! Every integration test, in one binary: it links once.

mod migrations;
mod store;
