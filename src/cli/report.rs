//! From an error to what a person reads and what a program sees: a message, its causes, a hint, an exit code.
//!
//! Hints and exit codes are given here and nowhere else.

mod diagnosis;
mod failure;
mod runs;
mod sign_in;
mod stored;

use std::io::Write as _;
use std::process::ExitCode;

use owo_colors::OwoColorize as _;
use serde_json::json;

use super::output;
use diagnosis::diagnose;
pub(super) use failure::Failure;
pub(super) use sign_in::{of_sign_in, remedy};

/// How the program ends, as documented in the README and relied upon by the systemd unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Done.
    Done = 0,
    /// Failed in a way that none of the others says.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The configuration, or the app it names, is wrong.
    Config = 3,
    /// A person must consent.
    Consent = 4,
    /// The database cannot be used.
    Database = 5,
    /// Nothing is wrong that time does not heal.
    TryLater = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Tells the person or program behind standard error, and chooses the exit code.
pub(super) fn report(error: &anyhow::Error, json: bool) -> Exit {
    if matches!(find(error), Some(output::Error::Closed)) {
        return Exit::Done;
    }
    let (exit, hint) = diagnose(error);
    let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).collect();
    let text = if json {
        let object = json!({
            "error": error.to_string(),
            "caused_by": causes,
            "hint": hint,
            "exit_code": exit as u8,
        });
        format!("{object}\n")
    } else {
        readable(error, &causes, hint.as_deref())
    };
    // Where standard error is closed, the exit code has to do.
    drop(anstream::stderr().write_all(text.as_bytes()));
    exit
}

/// Tells a person something that is neither data nor a failure.
pub(super) fn note(text: &str) {
    // Whoever closed standard error does not want to know.
    drop(anstream::stderr().write_all(format!("{text}\n").as_bytes()));
}

/// Tells of a failure that does not end the command.
pub(super) fn warn(error: &anyhow::Error) {
    tracing::warn!("{error:#}");
}

fn readable(error: &anyhow::Error, causes: &[String], hint: Option<&str>) -> String {
    let causes = causes
        .iter()
        .map(|cause| format!("  {} {cause}\n", "caused by:".dimmed()));
    let hint = hint.map(|hint| format!("  {} {hint}\n", "hint:".cyan()));
    let first = format!("{} {error}\n", "error:".red().bold());
    std::iter::once(first).chain(causes).chain(hint).collect()
}

fn find<E: std::error::Error + Send + Sync + 'static>(error: &anyhow::Error) -> Option<&E> {
    // What was added as a context is not in the chain as itself.
    let added = error.downcast_ref();
    added.or_else(|| error.chain().find_map(|cause| cause.downcast_ref()))
}
