//! `millpond sync`: one run now, with progress. The running daemon does it, if there is one.

mod runner;

use serde_json::json;

use crate::config::{self, Config};
use crate::daemon::{Report, Wish};
use crate::model::{Domain, Outcome, SyncMode};

use super::Session;
use super::progress::Progress;
use super::report::{Failure, warn};
use runner::{Ended, Runner};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The sites [default: all that are configured]
    #[arg(value_name = "DOMAIN")]
    domains: Vec<Domain>,
    /// Copy everything anew, whatever the mirror has
    #[arg(long, conflicts_with = "sweep")]
    full: bool,
    /// Compare everything, and bury what is gone
    #[arg(long)]
    sweep: bool,
    /// Sweep, and bury also what the deletion guard holds
    #[arg(long, conflicts_with = "full")]
    accept_deletions: bool,
}

impl Args {
    fn wish(&self) -> Wish {
        Wish {
            mode: match (self.full, self.sweep || self.accept_deletions) {
                (true, _) => SyncMode::Backfill,
                (_, true) => SyncMode::Sweep,
                _ => SyncMode::Delta,
            },
            accept_deletions: self.accept_deletions,
        }
    }
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let connections = chosen(&config, &args.domains)?;
    let runner = Runner::find(session, config).await?;
    let ended = every(session, &runner, &connections, args.wish()).await;
    runner.close().await?;
    ended
}

/// Runs one site after the other. A site that fails does not keep the next from its turn.
async fn every(
    session: &mut Session,
    runner: &Runner,
    connections: &[config::Connection],
    wish: Wish,
) -> anyhow::Result<()> {
    let mut failed = None;
    for connection in connections {
        if let Err(error) = one(session, runner, connection, wish).await
            && let Some(earlier) = failed.replace(error)
        {
            // The last failure ends the command; those before it are told here.
            warn(&earlier);
        }
        if runner.is_stopped() {
            break;
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn one(
    session: &mut Session,
    runner: &Runner,
    connection: &config::Connection,
    wish: Wish,
) -> anyhow::Result<()> {
    let domain = &connection.domain;
    let progress = Progress::new(session.bars());
    let Ended { report, error } = runner.run(connection, wish, &progress).await?;
    tell(session, domain, &report)?;
    if let Outcome::Complete | Outcome::Partial = report.outcome {
        return Ok(());
    }
    let failure = Failure::Run {
        domain: domain.to_string(),
        outcome: report.outcome,
        fault: report.fault,
    };
    Err(match error {
        Some(error) => error.context(failure),
        None => failure.into(),
    })
}

fn tell(session: &mut Session, domain: &Domain, report: &Report) -> anyhow::Result<()> {
    let Report {
        run,
        mode,
        outcome,
        counts,
        ..
    } = report;
    if session.out.is_json() {
        return Ok(session.out.json(&json!({
            "domain": domain,
            "run": run.0,
            "mode": mode.as_str(),
            "outcome": outcome.as_str(),
            "seen": counts.seen,
            "added": counts.added,
            "changed": counts.changed,
            "buried": counts.buried,
            "findings": counts.findings,
            "requests": counts.requests,
            "points": counts.points,
        }))?);
    }
    Ok(session.out.line(format!(
        "{domain}: {mode} {}: {} added, {} changed, {} buried, {} findings ({} requests, {} points)",
        outcome.as_str(),
        counts.added,
        counts.changed,
        counts.buried,
        counts.findings,
        counts.requests,
        counts.points,
    ))?)
}

/// The connections of these domains; all if there are none.
pub(super) fn chosen(config: &Config, domains: &[Domain]) -> Result<Vec<config::Connection>, Failure> {
    if domains.is_empty() {
        return Ok(config.connections.clone());
    }
    let known = |domain: &Domain| {
        let connection = config.connection(domain).cloned();
        connection.ok_or_else(|| Failure::NotConfigured {
            domain: domain.to_string(),
        })
    };
    domains.iter().map(known).collect()
}
