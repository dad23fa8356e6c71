//! Who does the work of `millpond sync`: the running daemon, or this process.

use tokio_util::sync::CancellationToken;

use crate::app::{self, App};
use crate::cli::Session;
use crate::cli::progress::Progress;
use crate::cli::report::{Failure, note};
use crate::config::{self, Config};
use crate::control;
use crate::daemon::{self, Answer, Report, Wish};

/// Who does the work.
pub(super) enum Runner {
    Daemon(control::Client),
    Here { app: Box<App>, stop: CancellationToken },
}

/// A run that has ended, and what it could not get over.
pub(super) struct Ended {
    pub(super) report: Report,
    pub(super) error: Option<anyhow::Error>,
}

impl Runner {
    pub(super) async fn find(session: &Session, config: Config) -> anyhow::Result<Self> {
        if let Some(daemon) = app::daemon(&config).await? {
            return Ok(Self::Daemon(daemon));
        }
        let stop = CancellationToken::new();
        daemon::stop_on_signal(stop.clone(), true)?;
        let app = Box::new(App::open(config, session.clock.clone()).await?);
        Ok(Self::Here { app, stop })
    }

    /// Runs a connection once.
    pub(super) async fn run(
        &self,
        connection: &config::Connection,
        wish: Wish,
        progress: &Progress,
    ) -> anyhow::Result<Ended> {
        match self {
            Self::Daemon(daemon) => follow(daemon, connection, wish, progress).await,
            Self::Here { app, stop } => run(app, stop, connection, wish, progress).await,
        }
    }

    /// Whether somebody has ended it.
    pub(super) fn is_stopped(&self) -> bool {
        match self {
            Self::Daemon(_) => false,
            Self::Here { stop, .. } => stop.is_cancelled(),
        }
    }

    pub(super) async fn close(self) -> Result<(), app::Error> {
        match self {
            Self::Daemon(_) => Ok(()),
            Self::Here { app, .. } => app.close().await,
        }
    }
}

async fn run(
    app: &App,
    stop: &CancellationToken,
    connection: &config::Connection,
    wish: Wish,
    progress: &Progress,
) -> anyhow::Result<Ended> {
    let domain = &connection.domain;
    let opened = app.mirror(connection).await;
    let mut mirror = opened.map_err(|source| Failure::Unopened {
        domain: domain.to_string(),
        source,
    })?;
    mirror.accept_deletions(wish.accept_deletions);
    let summary = mirror
        .run(wish.mode, stop, &|advance| progress.show(domain, advance))
        .await?;
    Ok(Ended {
        report: Report::from(&summary),
        error: summary.error.map(anyhow::Error::new),
    })
}

/// Has the daemon do it. It goes on with it also if nobody follows any more.
async fn follow(
    daemon: &control::Client,
    connection: &config::Connection,
    wish: Wish,
    progress: &Progress,
) -> anyhow::Result<Ended> {
    let domain = &connection.domain;
    let watch = |at: &control::Progress| progress.follow(domain, &at.state, at.items);
    let answer = tokio::select! {
        answer = daemon.run(domain, wish, watch) => answer.map_err(app::Error::from)?,
        _ = tokio::signal::ctrl_c() => {
            note("the daemon goes on with it; `millpond status` says how far it is");
            Answer::Refused(daemon::Refusal::Dropped)
        }
    };
    progress.end(domain);
    match answer {
        Answer::Ran(report) => Ok(Ended {
            error: report.error.clone().map(anyhow::Error::msg),
            report,
        }),
        Answer::Refused(refusal) => Err(Failure::NotRun {
            domain: domain.to_string(),
            refusal,
        }
        .into()),
    }
}
