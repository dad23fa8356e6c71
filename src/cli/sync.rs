//! `millpond sync`: one run now, with progress.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Config;
use crate::mirror::Summary;
use crate::model::{Domain, Outcome, SyncMode};
use crate::{config, daemon};

use super::Session;
use super::progress::Progress;
use super::report::{Failure, warn};

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
    fn mode(&self) -> SyncMode {
        match (self.full, self.sweep || self.accept_deletions) {
            (true, _) => SyncMode::Backfill,
            (_, true) => SyncMode::Sweep,
            _ => SyncMode::Delta,
        }
    }
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let connections = chosen(&config, &args.domains)?;
    let stop = CancellationToken::new();
    daemon::stop_on_signal(stop.clone())?;
    let app = App::open(config, session.clock.clone()).await?;
    let ended = every(session, &app, &connections, &args, &stop).await;
    app.close().await?;
    ended
}

/// Runs one site after the other. A site that fails does not keep the next from its turn.
async fn every(
    session: &mut Session,
    app: &App,
    connections: &[config::Connection],
    args: &Args,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut failed = None;
    for connection in connections {
        if let Err(error) = one(session, app, connection, args, stop).await
            && let Some(earlier) = failed.replace(error)
        {
            // The last failure ends the command; those before it are told here.
            warn(&earlier);
        }
        if stop.is_cancelled() {
            break;
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn one(
    session: &mut Session,
    app: &App,
    connection: &config::Connection,
    args: &Args,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let domain = &connection.domain;
    let opened = app.mirror(connection).await;
    let mut mirror = opened.map_err(|source| Failure::Unopened {
        domain: domain.to_string(),
        source,
    })?;
    mirror.accept_deletions(args.accept_deletions);
    let progress = Progress::new(session.bars());
    let summary = mirror
        .run(args.mode(), stop, &|advance| progress.show(domain, advance))
        .await?;
    tell(session, domain, &summary)?;
    match (summary.outcome, summary.error) {
        (Outcome::Complete | Outcome::Partial, _) => Ok(()),
        (outcome, None) => Err(Failure::Run {
            domain: domain.to_string(),
            outcome,
        }
        .into()),
        (outcome, Some(error)) => {
            let failure = Failure::Run {
                domain: domain.to_string(),
                outcome,
            };
            Err(anyhow::Error::new(error).context(failure))
        }
    }
}

fn tell(session: &mut Session, domain: &Domain, summary: &Summary) -> anyhow::Result<()> {
    let Summary {
        run,
        mode,
        outcome,
        counts,
        ..
    } = summary;
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
