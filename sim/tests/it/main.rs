//! Drives the simulation over HTTP, as a client would.

mod listings;
mod visitor;
