//! All integration tests, linked once.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without may stop it")]

mod client;
