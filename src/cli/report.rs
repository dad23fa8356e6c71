//! From an error to what a person reads and what a program sees: a message, its causes, a hint, an exit code.
//!
//! Hints and exit codes are given here and nowhere else.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use owo_colors::OwoColorize as _;
use serde_json::json;

use crate::auth::{self, NangoRefusal};
use crate::config;
use crate::confluence;
use crate::confluence::ErrorKind;
use crate::model::{Outcome, Timestamp};
use crate::store;
use crate::telemetry::InvalidFilter;

use super::output;

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

/// What a command itself finds wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// `init` would overwrite a configuration.
    #[error("{} exists", .path.display())]
    WouldReplace {
        /// The file.
        path: PathBuf,
    },
    /// `init` needs an answer and nobody is there to give it.
    #[error("nobody to ask: standard input is no terminal")]
    NobodyToAsk {
        /// The flag that would have answered.
        flag: &'static str,
    },
    /// The configuration does not name this site.
    #[error("{domain} is not in the configuration")]
    NotConfigured {
        /// What was asked for.
        domain: String,
    },
    /// The mirror has nothing by that name.
    #[error("the mirror has no {what}")]
    NotMirrored {
        /// What was asked for.
        what: String,
    },
    /// No page is meant by what was given.
    #[error("there is no such page in the mirror")]
    NoSuchPage {
        /// Pages with a similar title.
        close: Vec<String>,
    },
    /// The page has no such version here.
    #[error("the mirror has {} version {version} of page {page}", if *.is_known { "no body of" } else { "no" })]
    NoSuchVersion {
        /// The page.
        page: String,
        /// The version.
        version: u32,
        /// Whether it is known that there was one.
        is_known: bool,
    },
    /// More than one page may be meant.
    #[error("several pages are called that: {}", .pages.join(", "))]
    SeveralPages {
        /// Those pages.
        pages: Vec<String>,
    },
    /// Something that a mirror needs does not work.
    #[error("{failed} of the checks failed")]
    Unwell {
        /// How many.
        failed: usize,
    },
    /// `check` found something.
    #[error("the mirror is not sound: {flaws} {}", if *.flaws == 1 { "flaw" } else { "flaws" })]
    Unsound {
        /// How much.
        flaws: usize,
    },
    /// Rendering again was interrupted.
    #[error("interrupted: {left} pages are left to be rendered")]
    HalfRendered {
        /// How many pages wait.
        left: u64,
        /// Whether it was more than what is outdated.
        everything: bool,
    },
    /// A run ended without being complete.
    #[error("{domain}: {}", ended(.outcome))]
    Run {
        /// The site.
        domain: String,
        /// How it ended.
        outcome: Outcome,
    },
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unfinished { until } => {
            format!(
                "the points for copying and sweeping are spent; it goes on with the first run after {until}"
            )
        }
        Outcome::Deferred { until } => format!("the site asked to wait until {until}"),
        Outcome::NeedsConsent => "a person must consent again".to_owned(),
        Outcome::Interrupted => "the run was interrupted; the next one goes on where it stopped".to_owned(),
        other => format!("the run {}", other.as_str()),
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

/// What kind of end this is, and what to do about it. The innermost error that we know decides.
fn diagnose(error: &anyhow::Error) -> (Exit, Option<String>) {
    if let Some(error) = find::<auth::Error>(error) {
        return of_auth(error);
    }
    if let Some(error) = find::<confluence::Error>(error) {
        return of_confluence(&error.kind);
    }
    if let Some(error) = find::<store::Error>(error) {
        return of_store(error);
    }
    if let Some(error) = find::<config::Error>(error) {
        return (Exit::Config, of_config(error));
    }
    if let Some(failure) = find::<Failure>(error) {
        return of_failure(failure);
    }
    match find::<InvalidFilter>(error) {
        Some(_) => (Exit::Usage, None),
        None => (Exit::Failed, None),
    }
}

fn find<E: std::error::Error + 'static>(error: &anyhow::Error) -> Option<&E> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

fn of_config(error: &config::Error) -> Option<String> {
    match error {
        config::Error::NoFile { .. } => {
            Some("`millpond init` writes one; `--config FILE` names another".to_owned())
        }
        config::Error::UnknownKey { key, .. } if key == "client_secret" => {
            Some("the secret never stands in the configuration: put it into a file of its own".to_owned())
        }
        config::Error::NoClientSecret => Some(
            "put the secret of the app into a file with mode 0600 and name it in `app.client_secret_file`"
                .to_owned(),
        ),
        config::Error::ExposedSecret { path, .. } => Some(format!("chmod o= {}", path.display())),
        _ => None,
    }
}

fn of_auth(error: &auth::Error) -> (Exit, Option<String>) {
    let exit = match error {
        auth::Error::NotConnected { .. }
        | auth::Error::Forgotten { .. }
        | auth::Error::ConsentWithdrawn { .. }
        | auth::Error::MissingScopes { .. }
        | auth::Error::ConsentDeclined
        | auth::Error::ConsentTimedOut { .. }
        | auth::Error::NoSuchSite { .. }
        | auth::Error::Nango(NangoRefusal::Exhausted) => Exit::Consent,
        auth::Error::WrongClientSecret
        | auth::Error::NotALoopback { .. }
        | auth::Error::NoTenant { .. }
        | auth::Error::InvalidTokenKey
        | auth::Error::SealedTokenFile { .. }
        | auth::Error::WrongTokenKey { .. }
        | auth::Error::Nango(_) => Exit::Config,
        auth::Error::AmbiguousSite { .. } => Exit::Usage,
        transient if transient.is_transient() => Exit::TryLater,
        _ => Exit::Failed,
    };
    (exit, auth_hint(error))
}

fn auth_hint(error: &auth::Error) -> Option<String> {
    let hint = match error {
        auth::Error::NotConnected { domain } => return Some(format!("millpond connect {domain}")),
        auth::Error::Forgotten { .. } | auth::Error::ConsentWithdrawn { .. } => {
            "the mirror is untouched; run `millpond connect` for this site again"
        }
        auth::Error::WrongClientSecret => {
            "compare the client id and the secret in the configuration with those at Atlassian: in the Developer \
             Console for an app, in the administration for a service account"
        }
        auth::Error::InvalidTokenKey => "`openssl rand -hex 32` makes one",
        auth::Error::SealedTokenFile { .. } | auth::Error::WrongTokenKey { .. } => {
            "nothing was changed; name the file with its key in `app.token_key_file`. If the key is lost, move the file \
             away and run `millpond connect`"
        }
        auth::Error::ConsentDeclined | auth::Error::ConsentTimedOut { .. } => {
            "nothing was changed; run `millpond connect` when somebody can consent"
        }
        auth::Error::NoSuchSite { .. } => {
            "consent as an account that can read the site, and choose the site on the consent page"
        }
        auth::Error::AmbiguousSite { .. } => "name one: millpond connect DOMAIN",
        auth::Error::StateMismatch | auth::Error::NotARedirect { .. } => {
            "begin again with `millpond connect`, and use the address of that attempt"
        }
        auth::Error::Listen { .. } | auth::Error::NotALoopback { .. } => {
            "`millpond connect --paste` works without a listener"
        }
        auth::Error::NoTenant { .. } => "check the `domain` of the connection",
        auth::Error::Nango(refusal) => nango_hint(refusal),
        auth::Error::ExposedTokenFile { path, .. } => return Some(format!("chmod go= {}", path.display())),
        transient if transient.is_transient() => "nothing was changed; try again later",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn nango_hint(refusal: &NangoRefusal) -> &'static str {
    match refusal {
        NangoRefusal::WrongKey => "copy the secret key of the right environment from Nango's settings",
        NangoRefusal::UnknownIntegration => "compare `provider_config_key` with the integrations in Nango",
        NangoRefusal::UnknownConnection => "compare `connection_id` with the connections in Nango",
        NangoRefusal::Exhausted => "the mirror is untouched; authorize the connection again in Nango",
        NangoRefusal::Unusable { .. } => "make a connection to Confluence in Nango, and let it finish",
        NangoRefusal::OtherSite { .. } => {
            "make the connection in Nango with the subdomain of the site, or correct `domain`"
        }
        NangoRefusal::Other { .. } => "Nango's logs say more",
    }
}

fn of_confluence(error: &ErrorKind) -> (Exit, Option<String>) {
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

fn of_store(error: &store::Error) -> (Exit, Option<String>) {
    let (exit, hint) = match error {
        store::Error::InUse { .. } => (
            Exit::TryLater,
            "the daemon or another sync is at work; `millpond status` and `millpond search` work beside it",
        ),
        store::Error::Missing { .. } => (Exit::Failed, "`millpond sync` makes the first copy"),
        store::Error::SchemaTooNew { .. } => (
            Exit::Database,
            "a newer millpond wrote it; use that one. The database was not touched",
        ),
        store::Error::SchemaTooOld { .. } => (
            Exit::Database,
            "the next `millpond run` or `millpond sync` brings it up to date",
        ),
        store::Error::NotOurs { .. } => (Exit::Database, "move it away, or set another `state_dir`"),
        store::Error::DiskFull => (Exit::Database, "make room; everything committed so far is kept"),
        store::Error::Corrupt { .. } => (
            Exit::Database,
            "keep the file for analysis, move it away, and mirror anew",
        ),
        _ => return (Exit::Database, None),
    };
    (exit, Some(hint.to_owned()))
}

fn of_failure(failure: &Failure) -> (Exit, Option<String>) {
    match failure {
        Failure::WouldReplace { .. } => (Exit::Failed, Some("`--force` replaces it".to_owned())),
        Failure::NobodyToAsk { flag } => (Exit::Usage, Some(format!("answer with {flag}"))),
        Failure::NotConfigured { domain } => (
            Exit::Config,
            Some(format!(
                "add it to the configuration: [[connection]] domain = \"{domain}\""
            )),
        ),
        Failure::NotMirrored { .. } => (
            Exit::Failed,
            Some("`millpond status` lists what there is".to_owned()),
        ),
        Failure::NoSuchPage { close } if !close.is_empty() => (
            Exit::Failed,
            Some(format!("similar titles: {}", close.join(", "))),
        ),
        Failure::NoSuchPage { .. } => (
            Exit::Failed,
            Some("`millpond search` finds pages by their words".to_owned()),
        ),
        Failure::NoSuchVersion { page, .. } => (
            Exit::Failed,
            Some(format!(
                "`millpond history {page}` lists what is here; with --fetch it asks the site for the rest"
            )),
        ),
        Failure::Unwell { .. } => (
            Exit::Failed,
            Some("follow the fixes above, from top to bottom".to_owned()),
        ),
        Failure::SeveralPages { .. } => (Exit::Usage, Some("name one by its address".to_owned())),
        Failure::Unsound { .. } => (
            Exit::Database,
            Some("each line of the report says what to do".to_owned()),
        ),
        Failure::HalfRendered { everything, .. } => {
            let next = if *everything {
                "`millpond check --render=all` begins again; what is rendered is kept"
            } else {
                "`millpond check --render` goes on with them"
            };
            (Exit::Failed, Some(next.to_owned()))
        }
        Failure::Run { domain, outcome } => of_run(domain, *outcome),
    }
}

fn of_run(domain: &str, outcome: Outcome) -> (Exit, Option<String>) {
    match outcome {
        Outcome::Deferred { .. } | Outcome::Unfinished { .. } => (Exit::TryLater, None),
        Outcome::NeedsConsent => (Exit::Consent, Some(format!("millpond connect {domain}"))),
        Outcome::Complete | Outcome::Partial | Outcome::Interrupted | Outcome::Failed => (Exit::Failed, None),
    }
}
