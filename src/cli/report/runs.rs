//! What became of a run, or of asking the daemon for one.

use crate::confluence::ErrorKind;
use crate::control;
use crate::daemon::Refusal;
use crate::model::{Fault, Outcome, Timestamp};

use super::Exit;

pub(super) fn of_confluence(error: &ErrorKind) -> (Exit, Option<String>) {
    let wait = |until: &Timestamp| (Exit::TryLater, Some(format!("try again after {until}")));
    match error {
        ErrorKind::RateLimited { until } | ErrorKind::PointsSpent { until } => wait(until),
        ErrorKind::Unauthorized => (
            Exit::Consent,
            Some(
                "run `millpond connect` for this site again; where it signs in with an API token, that has expired \
                 or is wrong"
                    .to_owned(),
            ),
        ),
        ErrorKind::ScopeMismatch { .. } => (
            Exit::Consent,
            Some("`millpond connect` says which scopes the app or the consent lacks".to_owned()),
        ),
        ErrorKind::Transport(_) | ErrorKind::Status { status: 500.., .. } => (
            Exit::TryLater,
            Some("nothing is lost; the next run goes on where this one stopped".to_owned()),
        ),
        _ => (Exit::Failed, None),
    }
}

pub(super) fn of_daemon(error: &control::Error) -> (Exit, Option<String>) {
    match error {
        control::Error::Denied { .. } => (
            Exit::Failed,
            Some("ask as the account that the daemon runs as, or join the group of `control.group`".to_owned()),
        ),
        control::Error::Silent { .. } => (
            Exit::TryLater,
            Some("it may be stuck: `systemctl status millpond` says more, `systemctl restart millpond` loses nothing".to_owned()),
        ),
        control::Error::Gone(_) => (
            Exit::TryLater,
            Some("nothing is lost; `millpond status` says how it stands".to_owned()),
        ),
        control::Error::Refused { is_configured_so: true, .. } => (Exit::Config, None),
        control::Error::Refused { .. } | control::Error::Socket { .. } => (Exit::Failed, None),
    }
}

pub(super) fn of_refusal(domain: &str, refusal: &Refusal) -> (Exit, Option<String>) {
    match refusal {
        Refusal::Unknown => (
            Exit::Config,
            Some("`millpond reload` has it read its configuration again".to_owned()),
        ),
        Refusal::Paused => (Exit::Failed, Some(format!("millpond resume {domain}"))),
        Refusal::Early(until) => (Exit::TryLater, Some(format!("try again after {until}"))),
        Refusal::NeedsConsent(remedy) => (Exit::Consent, Some(remedy.clone())),
        Refusal::Unopened(_) => (
            Exit::Failed,
            Some(format!("`millpond doctor {domain}` says more")),
        ),
        Refusal::Dropped => (Exit::TryLater, None),
    }
}

pub(super) fn of_run(domain: &str, outcome: Outcome, fault: Option<Fault>) -> (Exit, Option<String>) {
    match outcome {
        Outcome::Failed if fault.is_some() => of_fault(domain, fault),
        Outcome::Deferred { .. } | Outcome::Unfinished { .. } => (Exit::TryLater, None),
        Outcome::NeedsConsent => (Exit::Consent, Some(format!("millpond connect {domain}"))),
        Outcome::Complete | Outcome::Partial | Outcome::Interrupted | Outcome::Failed => (Exit::Failed, None),
    }
}

fn of_fault(domain: &str, fault: Option<Fault>) -> (Exit, Option<String>) {
    match fault {
        Some(Fault::Passing) => (
            Exit::TryLater,
            Some("nothing is lost; the next run goes on where this one stopped".to_owned()),
        ),
        Some(Fault::Consent) => (Exit::Consent, Some(format!("millpond connect {domain}"))),
        Some(Fault::Settings) => (
            Exit::Config,
            Some(format!("`millpond doctor {domain}` says what to do")),
        ),
        Some(Fault::Other) | None => (Exit::Failed, None),
    }
}
