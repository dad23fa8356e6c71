//! Which exit code an error means, and what to do about it.

use std::io;

use crate::app;
use crate::auth::{self, NangoRefusal};
use crate::backup;
use crate::config;
use crate::confluence::{self, ErrorKind};
use crate::control;
use crate::daemon::Refusal;
use crate::export;
use crate::model::{DiskTrouble, Fault, Outcome, Timestamp};
use crate::store;
use crate::telemetry::InvalidFilter;

use super::{Exit, Failure, find};

/// What kind of end this is, and what to do about it. The innermost error that we know decides.
pub(super) fn diagnose(error: &anyhow::Error) -> (Exit, Option<String>) {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    if let Some(trouble) = causes.find_map(DiskTrouble::of) {
        let (exit, hint) = of_disk(trouble);
        return (exit, Some(hint.to_owned()));
    }
    if let Some(refused) = error.chain().find_map(of_sign_in) {
        let domain = find::<Failure>(error).and_then(Failure::domain);
        return (exit_of(refused), remedy(refused, domain));
    }
    if let Some(error) = find::<confluence::Error>(error) {
        return of_confluence(&error.kind);
    }
    if let Some(error) = find::<export::Error>(error) {
        return of_export(error);
    }
    if let Some(error) = find::<backup::Error>(error) {
        return of_backup(error);
    }
    if let Some(error) = find::<store::Error>(error) {
        return of_store(error);
    }
    if let Some(error) = find::<config::Error>(error) {
        return (Exit::Config, of_config(error));
    }
    if let Some(error) = find::<control::Error>(error) {
        return of_daemon(error);
    }
    if let Some(failure) = find::<Failure>(error) {
        return of_failure(failure);
    }
    match find::<InvalidFilter>(error) {
        Some(_) => (Exit::Usage, None),
        None => (Exit::Failed, None),
    }
}

/// The same wherever a disk is met: the database, a file of an attachment, a consent, an export, a backup.
fn of_disk(trouble: DiskTrouble) -> (Exit, &'static str) {
    match trouble {
        DiskTrouble::Full => (
            Exit::TryLater,
            "make room; everything that was done so far is kept, and the next start goes on with it",
        ),
        DiskTrouble::ReadOnly => (
            Exit::Database,
            "nothing was changed; let this account write there, and see whether the disk is mounted read-only",
        ),
        DiskTrouble::Failing => (
            Exit::TryLater,
            "look at the disk and at the kernel's log; everything that was done so far is kept",
        ),
    }
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

/// What went wrong with a sign-in, if this is that. An error of the wiring speaks with its words, and so hides it.
pub(in crate::cli) fn of_sign_in<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a auth::Error> {
    match error.downcast_ref() {
        Some(app::Error::Auth(inner)) => Some(inner),
        _ => error.downcast_ref(),
    }
}

fn exit_of(error: &auth::Error) -> Exit {
    match error {
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
        | auth::Error::ExposedTokenFile { .. }
        | auth::Error::CorruptTokenFile { .. }
        | auth::Error::Nango(_) => Exit::Config,
        auth::Error::AmbiguousSite { .. } => Exit::Usage,
        transient if transient.is_transient() => Exit::TryLater,
        _ => Exit::Failed,
    }
}

/// What to do about a sign-in that failed, to this site if it is known.
pub(in crate::cli) fn remedy(error: &auth::Error, domain: Option<&str>) -> Option<String> {
    let connect = match domain {
        Some(domain) => format!("millpond connect {domain}"),
        None => "run `millpond connect` for this site again".to_owned(),
    };
    let hint = match error {
        auth::Error::NotConnected { domain } => return Some(format!("millpond connect {domain}")),
        auth::Error::Forgotten { .. }
        | auth::Error::ConsentWithdrawn { .. }
        | auth::Error::MissingScopes { .. }
            if domain.is_some() =>
        {
            return Some(connect);
        }
        auth::Error::Forgotten { .. } | auth::Error::ConsentWithdrawn { .. } => {
            return Some(format!("the mirror is untouched; {connect}"));
        }
        auth::Error::CorruptTokenFile { path, .. } => {
            return Some(format!("move {} away, and {connect}", path.display()));
        }
        auth::Error::WrongClientSecret => {
            "compare the client id and the secret with those at Atlassian: in the Developer \
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
        store::Error::NoRoomToUpgrade { .. } => (
            Exit::TryLater,
            "make room; the database was not touched, and the millpond from before still works with it",
        ),
        store::Error::Upgrade { source, .. } if matches!(of_store(source), (Exit::TryLater, _)) => {
            return of_store(source);
        }
        store::Error::Upgrade { .. } => (
            Exit::Database,
            "go on with the millpond from before, and report this; the copy may be deleted",
        ),
        store::Error::Unproven { .. } => (
            Exit::Database,
            "put the copy in the place of mirror.db, delete mirror.db-wal and mirror.db-shm, go on with the millpond from \
             before, and report this",
        ),
        store::Error::NotOurs { .. } => (Exit::Database, "move it away, or set another `state_dir`"),
        store::Error::DiskFull => of_disk(DiskTrouble::Full),
        store::Error::DiskFailing { .. } => of_disk(DiskTrouble::Failing),
        store::Error::ReadOnly { .. } => of_disk(DiskTrouble::ReadOnly),
        store::Error::Corrupt { .. } => (
            Exit::Database,
            "nothing was deleted: keep the file for analysis, move it away, and restore a backup or mirror anew",
        ),
        _ => return (Exit::Database, None),
    };
    (exit, Some(hint.to_owned()))
}

fn of_export(error: &export::Error) -> (Exit, Option<String>) {
    let (exit, hint) = match error {
        export::Error::InUse { .. } => (Exit::TryLater, "wait until it is done"),
        export::Error::NoGit => (Exit::Failed, "install git, or leave `--git` out"),
        export::Error::Git { .. } => (
            Exit::Failed,
            "nothing is lost: the next export with `--git` commits the rest",
        ),
        export::Error::Manifest { .. } => (
            Exit::Failed,
            "nothing was changed; export to a new folder, or delete the list and use `--overwrite`",
        ),
        export::Error::Nothing => (Exit::Failed, "`millpond status` lists what there is"),
        export::Error::Io { .. } => (Exit::Failed, "once that is mended, the next export goes on"),
        export::Error::Store(error) => return of_store(error),
    };
    (exit, Some(hint.to_owned()))
}

fn of_backup(error: &backup::Error) -> (Exit, Option<String>) {
    let (exit, hint) = match error {
        backup::Error::InUse { .. } => (Exit::TryLater, "wait until it is done"),
        backup::Error::Damaged { .. } => (
            Exit::Failed,
            "nothing was written; restore another one, and take a new one as long as the mirror is sound",
        ),
        backup::Error::NotEmpty { .. } => (Exit::Failed, "restore to a new folder; nothing was written"),
        backup::Error::NoBackup { .. } => (Exit::Failed, "`millpond backup DIR` takes one"),
        backup::Error::Exists { .. } => (Exit::TryLater, "is the clock right? Try again in a moment"),
        backup::Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => (
            Exit::Failed,
            "let this account read and write there; what was there before is as it was",
        ),
        backup::Error::Io { .. } => (Exit::Failed, "what was there before is as it was"),
        backup::Error::Store(error) => return of_store(error),
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
        Failure::Unopened { .. } | Failure::NoToken { .. } => (Exit::Failed, None),
        Failure::NoDaemon => (
            Exit::TryLater,
            Some("`millpond run` or `systemctl start millpond` starts it".to_owned()),
        ),
        Failure::NotRun { domain, refusal } => of_refusal(domain, refusal),
        Failure::Run {
            domain,
            outcome,
            fault,
        } => of_run(domain, *outcome, *fault),
    }
}

fn of_refusal(domain: &str, refusal: &Refusal) -> (Exit, Option<String>) {
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

fn of_daemon(error: &control::Error) -> (Exit, Option<String>) {
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

fn of_run(domain: &str, outcome: Outcome, fault: Option<Fault>) -> (Exit, Option<String>) {
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
