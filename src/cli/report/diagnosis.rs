//! Which exit code an error means, and what to do about it.

use crate::backup;
use crate::config;
use crate::confluence;
use crate::control;
use crate::export;
use crate::model::DiskTrouble;
use crate::store;
use crate::telemetry::InvalidFilter;

use super::runs::{of_confluence, of_daemon, of_refusal, of_run};
use super::sign_in::{exit_of, of_sign_in, remedy};
use super::stored::{of_backup, of_disk, of_export, of_store};
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

fn of_config(error: &config::Error) -> Option<String> {
    match error {
        config::Error::NoFile { .. } => {
            Some("`millpond init` writes one; `--config FILE` names another".to_owned())
        }
        config::Error::UnknownKey { key, .. } if key == "client_secret" => {
            Some("the secret never stands in the configuration: put it into a file of its own".to_owned())
        }
        config::Error::NoClientSecret => Some(
            "put the secret of the app into a file with mode 0600: for the service that is \
             /etc/millpond/client_secret, elsewhere the one that `app.client_secret_file` names"
                .to_owned(),
        ),
        config::Error::ExposedSecret { path, .. } => Some(format!("chmod o= {}", path.display())),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::{Exit, diagnose};
    use crate::app;
    use crate::store::Error;

    #[test]
    fn an_upgrade_that_lacks_room_says_how_much_and_may_be_tried_again() {
        let error = Error::NoRoomToUpgrade {
            path: "/var/lib/millpond/mirror.db".into(),
            needed: 2_000,
            free: 500,
        };
        let error = anyhow::Error::new(app::Error::from(error));
        let said = error
            .chain()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        assert!(said.contains("2000 bytes, of which 500 are free"), "{said}");
        let (exit, hint) = diagnose(&error);
        assert_eq!(exit, Exit::TryLater);
        assert!(
            hint.unwrap()
                .starts_with("make room; the database was not touched")
        );
    }
}
