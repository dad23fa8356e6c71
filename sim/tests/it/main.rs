//! Drives the simulation over HTTP, as a client would.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::print_stdout, reason = "says what it skips")]

mod doors;
mod downloads;
mod events;
mod faults;
mod gateway;
mod listings;
mod oauth;
mod points;
mod shapes;
mod visitor;
