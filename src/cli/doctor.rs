//! `millpond doctor`: tries everything that a mirror needs, and says of each what to do about it.
//!
//! It changes nothing, but for a token that it refreshes when that is due, and needs no lock.

mod place;
mod servers;
mod site;

use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::app;
use crate::config::{self, Config};
use crate::model::Domain;

use super::Session;
use super::output::{Output, printable};
use super::report::Failure;
use super::sync::chosen;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site [default: all that are configured]
    domain: Option<Domain>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// What came of looking at one thing.
#[derive(Debug, Serialize)]
struct Diagnosis {
    /// The connection it is about; absent for what all share.
    domain: Option<Domain>,
    check: &'static str,
    verdict: Verdict,
    found: String,
    /// What to do, unless all is well.
    fix: Option<String>,
}

impl Diagnosis {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            domain: None,
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            fix: None,
        }
    }

    fn warn(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warn,
            fix: Some(fix.into()),
            ..Self::ok(check, found)
        }
    }

    fn fail(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fail,
            ..Self::warn(check, found, fix)
        }
    }
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let connections = chosen(&config, args.domain.as_slice())?;
    let mut diagnoses = Vec::new();
    for diagnosis in examine(session, &config, &connections).await? {
        print(&mut session.out, &diagnosis)?;
        diagnoses.push(diagnosis);
    }
    let failed = diagnoses
        .iter()
        .filter(|diagnosis| diagnosis.verdict == Verdict::Fail)
        .count();
    match failed {
        0 => Ok(()),
        failed => Err(Failure::Unwell { failed }.into()),
    }
}

async fn examine(
    session: &Session,
    config: &Config,
    connections: &[config::Connection],
) -> anyhow::Result<Vec<Diagnosis>> {
    let http = app::http_client()?;
    let mut diagnoses = place::examine(config);
    diagnoses.extend(servers::examine(&http, config, &session.clock).await);
    match config.needs_app().then(|| app::oauth_app(config)).transpose() {
        Ok(None) => {}
        Ok(Some(_)) => diagnoses.push(Diagnosis::ok(
            "client secret",
            "readable; Atlassian is shown it at the next refresh",
        )),
        Err(error) => {
            let fix =
                "put the app's secret into a file of mode 0600, and name it in `app.client_secret_file`";
            diagnoses.push(Diagnosis::fail("client secret", error.to_string(), fix));
            return Ok(diagnoses);
        }
    }
    for connection in connections {
        let about_it = site::examine(config, connection, &http, &session.clock).await;
        diagnoses.extend(about_it.into_iter().map(|diagnosis| Diagnosis {
            domain: Some(connection.domain.clone()),
            ..diagnosis
        }));
    }
    Ok(diagnoses)
}

/// The error and its causes in one line.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| text + ": " + &cause.to_string())
}

fn print(out: &mut Output, diagnosis: &Diagnosis) -> anyhow::Result<()> {
    if out.is_json() {
        return Ok(out.json(diagnosis)?);
    }
    let verdict = match diagnosis.verdict {
        Verdict::Ok => "ok  ".green().to_string(),
        Verdict::Warn => "warn".yellow().to_string(),
        Verdict::Fail => "FAIL".red().bold().to_string(),
    };
    let about = match &diagnosis.domain {
        Some(domain) => format!("{domain}: {}", diagnosis.check),
        None => diagnosis.check.to_owned(),
    };
    out.line(format!("{verdict}  {about}: {}", printable(&diagnosis.found)))?;
    match &diagnosis.fix {
        Some(fix) => Ok(out.line(format!("      {} {}", "fix:".cyan(), printable(fix)))?),
        None => Ok(()),
    }
}
