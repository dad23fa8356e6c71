//! Everything that is tested from outside, in one binary.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test panics when it fails, and says why it skipped"
)]

#[path = "../measure/mod.rs"]
mod measure;
mod render;
