//! Tells somebody what a person must know of: by a command, by a request, and in the log.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;

use super::App;
use crate::config::{self, OnAlert};
use crate::daemon::{Board, Condition, Facts, Matters, News, Schedule, Standing, Thresholds, matters, news};
use crate::model::{Domain, FindingKind, Timestamp};
use crate::store::{LastBackup, SiteStatus, Status};

/// How often to look.
const PACE: Duration = Duration::from_mins(1);

/// Whoever is told may take so long to hear of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks every minute whether a person must know of something, until `stop`. What is configured may change meanwhile.
pub(super) async fn alert(now: watch::Receiver<App>, board: Board, stop: CancellationToken) {
    let first = now.borrow().clone();
    let (since, mut told) = (first.clock.now(), first.told().await);
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let looking = async {
        while !stop.is_cancelled() {
            ticks.tick().await;
            let app = now.borrow().clone();
            app.look(&board, since, &mut told).await;
        }
    };
    // Whoever is just being told is told again after the next start.
    stop.run_until_cancelled(looking).await;
}

impl App {
    /// What was told before the last stop.
    async fn told(&self) -> Matters {
        let reader = self.store.reader();
        let read = tokio::task::spawn_blocking(move || reader.alerts()).await;
        let alerts = read.ok().and_then(Result::ok).unwrap_or_default();
        alerts
            .into_iter()
            .map(|alert| (alert.alert, alert.text))
            .collect()
    }

    fn thresholds(&self) -> Thresholds {
        let OnAlert {
            missed_runs,
            disk_free,
            ..
        } = self.config.on_alert;
        Thresholds {
            missed_runs,
            disk_free,
        }
    }

    async fn look(&self, board: &Board, since: Timestamp, told: &mut Matters) {
        let reader = self.store.reader();
        let Ok(Ok(status)) = tokio::task::spawn_blocking(move || reader.status()).await else {
            // The daemon is about to stop for that, and its exit code tells.
            return;
        };
        let present = matters(&self.facts(board, &status, since), &self.thresholds());
        for news in news(told, &present) {
            if self.tell(&news).await {
                self.note(told, news).await;
            }
        }
    }

    fn facts(&self, board: &Board, status: &Status, since: Timestamp) -> Facts {
        let now = self.clock.now();
        let condition = |(domain, standing): (Domain, Standing)| {
            let connection = self.config.connection(&domain)?;
            let site = status.sites.iter().find(|site| site.site == domain);
            Some(Condition {
                state: standing.state,
                succeeded_at: site.and_then(|site| site.succeeded.values().max().copied()),
                watched_since: since,
                interval: distance(connection, self.config.sync.time_zone, now),
                held: site.and_then(held),
                domain,
            })
        };
        Facts {
            now,
            connections: board.standings().into_iter().filter_map(condition).collect(),
            disk_free: free(&self.config.state_dir),
            backup: LastBackup::of(&self.config.state_dir).and_then(|last| last.failure()),
        }
    }

    /// Says whether whoever is to be told was told; if not, it is tried again.
    async fn tell(&self, news: &News) -> bool {
        let News { text, is_over, .. } = news;
        let OnAlert { command, webhook, .. } = &self.config.on_alert;
        let told = async {
            if !command.is_empty() {
                run(command, news).await?;
            }
            if let Some(address) = webhook {
                post(&self.http, address, news).await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        let outcome = timeout(PATIENCE, told).await;
        match outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("nobody took it within {PATIENCE:?}"))) {
            Ok(()) if *is_over => info!("over: {text}"),
            Ok(()) => warn!("{text}"),
            Err(error) => {
                warn!("{text} (and nobody could be told: {error:#})");
                return false;
            }
        }
        true
    }

    async fn note(&self, told: &mut Matters, news: News) {
        let News { key, text, is_over } = news;
        let text = (!is_over).then_some(text);
        match &text {
            Some(text) => told.insert(key.clone(), text.clone()),
            None => told.remove(&key),
        };
        if let Err(error) = self.store.note_alert(&key, text, self.clock.now()).await {
            warn!("the next start will tell of it again: {error}");
        }
    }
}

/// What a program or a server is told.
fn message(news: &News) -> String {
    let state = if news.is_over { "over" } else { "raised" };
    json!({ "alert": news.key, "state": state, "text": news.text }).to_string()
}

/// Runs the command, with the message on its standard input.
async fn run(command: &[String], news: &News) -> anyhow::Result<()> {
    let [program, arguments @ ..] = command else {
        return Ok(());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not want to read is none the worse for it.
        drop(stdin.write_all(message(news).as_bytes()).await);
    }
    let ended = child.wait().await?;
    anyhow::ensure!(ended.success(), "{program}: {ended}");
    Ok(())
}

/// Posts the message. The address may hold a secret, so it is in no error.
async fn post(http: &reqwest::Client, address: &Url, news: &News) -> anyhow::Result<()> {
    let request = http
        .post(address.clone())
        .header("content-type", "application/json");
    let answer = request
        .body(message(news))
        .send()
        .await
        .map_err(reqwest::Error::without_url)?;
    anyhow::ensure!(
        answer.status().is_success(),
        "the webhook answered {}",
        answer.status()
    );
    Ok(())
}

/// What the deletion guard holds on a site.
fn held(site: &SiteStatus) -> Option<String> {
    let is_guard = |kind: &str| kind == FindingKind::DeletionGuard.as_str();
    let found = site.findings.iter().find(|finding| is_guard(&finding.kind))?;
    Some(format!(
        "the deletion guard holds what seems gone: {}",
        found.detail
    ))
}

/// How far two runs of a connection are apart.
fn distance(connection: &config::Connection, time_zone: chrono_tz::Tz, now: Timestamp) -> Duration {
    let schedule = Schedule {
        delta: connection.delta.parsed().clone(),
        sweep: connection.sweep.parsed().clone(),
        time_zone,
    };
    let first = schedule.next(now);
    let second = first.and_then(|first| schedule.next(first));
    first
        .zip(second)
        .map_or(Duration::MAX, |(first, second)| second.since(first))
}

/// The room left for the mirror.
fn free(folder: &std::path::Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
