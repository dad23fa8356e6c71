//! Where every connection stands, as its worker last said. The service manager and people at the control socket read
//! it; the watchdog also reads how long ago each worker gave a sign of life.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Domain, SyncMode, Timestamp};

/// What a connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its mirror is being opened.
    Opening,
    /// Nothing, until the next run is due.
    Idle {
        /// When that is.
        next: Option<Timestamp>,
    },
    /// A run.
    Running {
        /// What it does.
        mode: SyncMode,
        /// Items that its present pass has handled.
        items: u64,
    },
    /// Waiting, because the site asked for it or the points are spent.
    Waiting {
        /// Until when.
        until: Timestamp,
    },
    /// Waiting after a failure.
    Failing {
        /// What went wrong.
        reason: String,
        /// When it tries again.
        until: Timestamp,
    },
    /// Waiting for a person.
    NeedsConsent {
        /// What the person does.
        remedy: String,
    },
    /// Waiting for a person who had it wait.
    Paused,
}

impl State {
    /// Its word, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Idle { .. } => "idle",
            Self::Running { .. } => "running",
            Self::Waiting { .. } => "waiting",
            Self::Failing { .. } => "failing",
            Self::NeedsConsent { .. } => "needs_consent",
            Self::Paused => "paused",
        }
    }
}

/// Where one connection stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What it is doing.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    sign_of_life: Instant,
}

/// Where all connections stand. Clones show the same.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<Domain, Standing>>>);

impl Board {
    /// Where each connection stands, by domain.
    pub fn standings(&self) -> Vec<(Domain, Standing)> {
        let entries = self.entries();
        entries
            .iter()
            .map(|(domain, standing)| (domain.clone(), standing.clone()))
            .collect()
    }

    /// Where one connection stands.
    pub fn standing(&self, domain: &Domain) -> Option<Standing> {
        self.entries().get(domain).cloned()
    }

    /// All connections in one line, for `systemctl status`.
    pub fn summary(&self) -> String {
        let line = |(domain, standing): &(Domain, Standing)| format!("{domain} {}", words(&standing.state));
        self.standings().iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// The connections that gave no sign of life for longer than `longest`.
    pub fn silent(&self, longest: Duration) -> Vec<Domain> {
        let now = Instant::now();
        let is_silent = |standing: &Standing| now.duration_since(standing.sign_of_life) > longest;
        let entries = self.entries();
        let silent = entries.iter().filter(|(_, standing)| is_silent(standing));
        silent.map(|(domain, _)| domain.clone()).collect()
    }

    /// Says what a connection is doing, which is a sign of life.
    pub(crate) fn set(&self, domain: &Domain, state: State, now: Timestamp) {
        let mut entries = self.entries();
        let sign_of_life = Instant::now();
        match entries.get_mut(domain) {
            Some(standing) if standing.state == state => standing.sign_of_life = sign_of_life,
            _ => {
                let standing = Standing {
                    state,
                    since: now,
                    sign_of_life,
                };
                entries.insert(domain.clone(), standing);
            }
        }
    }

    /// Notes how far the run at work has come.
    pub(super) fn advance(&self, domain: &Domain, at_work: SyncMode, handled: u64) {
        if let Some(standing) = self.entries().get_mut(domain) {
            standing.sign_of_life = Instant::now();
            if let State::Running { mode, items } = &mut standing.state {
                (*mode, *items) = (at_work, handled);
            }
        }
    }

    pub(super) fn beat(&self, domain: &Domain) {
        if let Some(standing) = self.entries().get_mut(domain) {
            standing.sign_of_life = Instant::now();
        }
    }

    pub(super) fn remove(&self, domain: &Domain) {
        self.entries().remove(domain);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Domain, Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A state in few words, such as follow a domain.
pub fn words(state: &State) -> String {
    match state {
        State::Opening => "is being opened".to_owned(),
        State::Idle { next: Some(next) } => format!("is up to date, next run {}", to_the_minute(*next)),
        State::Idle { next: None } => "is up to date".to_owned(),
        State::Running { mode, items: 0 } => format!("{mode} at work"),
        State::Running { mode, items } => format!("{mode} at work, {items} items"),
        State::Waiting { until } => format!("was asked to wait until {}", to_the_minute(*until)),
        State::Failing { until, .. } => format!("is failing, next attempt {}", to_the_minute(*until)),
        State::NeedsConsent { remedy } => format!("waits for a person: {remedy}"),
        State::Paused => "is paused".to_owned(),
    }
}

fn to_the_minute(at: Timestamp) -> String {
    at.as_utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_summary_names_every_connection_and_what_it_does() {
        let (board, now) = (Board::default(), at("2026-03-01T12:00:00Z"));
        let next = Some(at("2026-03-01T12:15:00Z"));
        board.set(&domain("acme.atlassian.net"), State::Idle { next }, now);
        let mode = SyncMode::Backfill;
        board.set(
            &domain("beta.atlassian.net"),
            State::Running { mode, items: 0 },
            now,
        );
        board.advance(&domain("beta.atlassian.net"), mode, 750);
        let remedy = "millpond connect gone.atlassian.net".to_owned();
        board.set(&domain("gone.atlassian.net"), State::NeedsConsent { remedy }, now);

        assert_eq!(
            board.summary(),
            "acme.atlassian.net is up to date, next run 2026-03-01 12:15 UTC; \
             beta.atlassian.net backfill at work, 750 items; \
             gone.atlassian.net waits for a person: millpond connect gone.atlassian.net"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_no_sign_of_life_is_silent() {
        let (board, now) = (Board::default(), at("2026-03-01T12:00:00Z"));
        let (lively, stuck) = (domain("a.atlassian.net"), domain("b.atlassian.net"));
        for domain in [&lively, &stuck] {
            board.set(domain, State::Opening, now);
        }
        let minutes = Duration::from_mins;
        tokio::time::advance(minutes(14)).await;
        board.beat(&lively);
        assert_eq!(board.silent(minutes(15)), Vec::<Domain>::new());
        tokio::time::advance(minutes(2)).await;
        assert_eq!(board.silent(minutes(15)), [stuck]);
    }

    #[test]
    fn a_state_that_is_said_again_keeps_its_beginning() {
        let (board, domain) = (Board::default(), domain("acme.atlassian.net"));
        board.set(&domain, State::Paused, at("2026-03-01T12:00:00Z"));
        board.set(&domain, State::Paused, at("2026-03-01T13:00:00Z"));
        assert_eq!(board.standings()[0].1.since, at("2026-03-01T12:00:00Z"));
    }
}
