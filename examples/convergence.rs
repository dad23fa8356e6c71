//! Plays random histories of a site, with faults and interruptions, and compares site, mirror and change feed after
//! each: `cargo run --release --example convergence -- [HISTORIES]`, 10,000 unless said otherwise.
//!
//! The test `a_quiet_site_and_a_finished_run_leave_the_mirror_equal_to_the_site` plays the first of them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "it prints how it went, and stops where a history fails"
)]

#[path = "../tests/it/convergence.rs"]
mod convergence;

#[path = "../tests/it/support/memory_site.rs"]
#[expect(dead_code, reason = "more than this is tested with the same site")]
mod memory_site;
#[path = "../tests/it/support/outsider.rs"]
mod outsider;

mod support {
    pub(crate) use super::{memory_site, outsider};
}

use std::time::Instant;

fn main() {
    let wanted = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let histories = wanted.unwrap_or(10_000);
    let began = Instant::now();
    convergence::play_many(histories);
    println!(
        "{histories} histories: equal after each, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
}
