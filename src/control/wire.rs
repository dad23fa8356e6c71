//! What is said over the socket, as JSON. Both ends are this program; whatever else asks finds it readable, too.

use serde::{Deserialize, Serialize};

use crate::daemon::{Answer, Board, words};
use crate::model::{Domain, Timestamp};

/// What the daemon is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Its release.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// When it started.
    pub since: Timestamp,
    /// What each connection does, by domain.
    pub connections: Vec<Doing>,
}

/// What a connection does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// Which one.
    pub domain: Domain,
    /// What it does, in words that follow its domain.
    pub state: String,
    /// Since when.
    pub since: Timestamp,
}

impl Doing {
    pub(super) fn of_all(board: &Board) -> Vec<Self> {
        let standings = board.standings().into_iter();
        let doing = standings.map(|(domain, standing)| Self {
            domain,
            state: words(&standing.state),
            since: standing.since,
        });
        doing.collect()
    }
}

/// How far a run that was asked for has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What the connection does, in words that follow its domain.
    pub state: String,
    /// Items that its present pass has handled; nothing while no run is at work.
    pub items: Option<u64>,
}

/// A line of the answer to who asks for a run: progress, again and again, and in the end what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    Progress(Progress),
    Ended(Answer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::{Refusal, Report};
    use crate::model::{Counts, Fault, Outcome, RunId, SyncMode};

    #[test]
    fn every_answer_arrives_as_it_was_sent() {
        let until: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let ran = |outcome| {
            Answer::Ran(Report {
                run: RunId(7),
                mode: SyncMode::Sweep,
                outcome,
                counts: Counts {
                    seen: 1,
                    ..Counts::default()
                },
                error: Some("the reason".to_owned()),
                fault: Some(Fault::Settings),
            })
        };
        for answer in [
            ran(Outcome::Complete),
            ran(Outcome::Unfinished { until }),
            ran(Outcome::NeedsConsent),
            Answer::Refused(Refusal::Early(until)),
            Answer::Refused(Refusal::NeedsConsent("millpond connect".to_owned())),
            Answer::Refused(Refusal::Dropped),
        ] {
            let sent = Event::Ended(answer);
            let line = serde_json::to_string(&sent).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), sent, "{line}");
        }
    }
}
