//! Years of a daemon's life, in seconds: its clock and the server's are one, which stands still until it is moved.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};
use millpond::auth::{Choice, Grants};
use millpond::model::Timestamp;

use super::{DAY, HOUR, Office, acme};

const YEAR: u32 = 365;
/// Nothing is mirrored on these days, for eighteen months: only keeping alive keeps the grant.
const QUIET: Range<u32> = 270..270 + 18 * YEAR / 12;
/// What a run does at the site, as far as a grant is concerned.
const ME: &str = "GET /me";

impl Office {
    /// The daemon looks after its grants, each of which must be well afterwards. It does so each minute; a look every
    /// two hours is the harder life.
    async fn look(&self, daemon: &Grants) {
        self.time.advance(2 * HOUR);
        for (grant, ended) in daemon.keep_alive(DAY).await.unwrap() {
            ended.unwrap_or_else(|error| panic!("{grant} at {}: {error}", self.time.now()));
        }
    }

    /// A run: it takes a token and uses it.
    async fn run(&self, daemon: &Grants) {
        let (authenticator, _) = daemon.authenticator_for(&acme()).await.unwrap();
        assert!(self.accepts(&authenticator.access_token().await.unwrap()).await);
    }
}

/// The longest time between two that follow each other.
fn longest_gap(instants: &[DateTime<Utc>]) -> Duration {
    let gaps = instants
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).to_std().unwrap());
    gaps.max().unwrap()
}

#[tokio::test]
async fn a_grant_lives_for_three_years_of_which_eighteen_months_pass_without_a_run() {
    let mut office = Office::open().await;
    // Thousands of synced writes: where there is a file system in memory, they take no time.
    if let Ok(folder) = tempfile::tempdir_in("/dev/shm") {
        office.folder = folder;
    }
    office.atlassian.consents_do_not_age();
    office.consent(Choice::Domain(acme())).await.unwrap();
    let (began, consented, mut daemon) = (office.time.now(), office.stored(), office.process());
    for look in 1..=3 * YEAR * 12 {
        let day = look / 12;
        if look % (30 * 12) == 0 {
            // Once a month the daemon is restarted, and an answer gets lost on its way.
            daemon = office.process();
            office.atlassian.faults().lose_answer_of_next_refresh();
        }
        office.look(&daemon).await;
        if look % 4 == 0 && !QUIET.contains(&day) {
            office.run(&daemon).await;
        }
    }
    office.run(&daemon).await;

    let (log, ended) = (office.atlassian.log(), office.time.now());
    assert_eq!((ended - began).num_days(), 3 * i64::from(YEAR));
    assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (0, 0));
    let reused = log.refreshes().iter().filter(|refresh| refresh.is_reuse).count();
    assert!(reused >= 30, "{reused} lost answers were asked for again");
    let all: Vec<_> = log.refreshes().iter().map(|refresh| refresh.at).collect();
    let all = [&[began][..], &all, &[ended]].concat();
    assert!(
        longest_gap(&all) <= DAY,
        "{:?} without a refresh",
        longest_gap(&all)
    );

    let day = |day: u32| began + day * DAY;
    let runs: Vec<_> = log.to(ME).map(|request| request.at).collect();
    assert!(
        longest_gap(&runs) >= (QUIET.end - QUIET.start) * DAY,
        "it was not quiet"
    );
    let is_quiet = |at: &&DateTime<Utc>| (day(QUIET.start)..day(QUIET.end)).contains(at);
    let quiet = all.iter().filter(is_quiet).count();
    assert!(quiet >= QUIET.len(), "{quiet} refreshes in the quiet months");
    let [first, last] = [consented, office.stored()].map(|mut stored| stored.pop().unwrap());
    assert_eq!(
        (first.id, first.consented_at),
        (last.id, last.consented_at),
        "it is one grant"
    );
    println!(
        "{} refreshes in three years, {quiet} of them without a run",
        all.len() - 2
    );
}

/// The limit of 365 days that one employee of Atlassian has stated, and no document of today: a person answers the
/// warning, fourteen days before each anniversary.
#[tokio::test]
async fn whoever_answers_the_warning_once_a_year_never_loses_a_grant_to_its_age() {
    let office = Office::open().await;
    office.consent(Choice::Domain(acme())).await.unwrap();
    let (daemon, mut consents) = (office.process(), 1);
    for _ in 0..2 * YEAR {
        office.time.advance(22 * HOUR);
        office.look(&daemon).await;
        let (grant, _) = daemon.grant_for(&acme()).await.unwrap();
        if grant.warning(Timestamp::from_utc(office.time.now())).is_some() {
            office.consent(Choice::Domain(acme())).await.unwrap();
            consents += 1;
        }
    }
    office.run(&daemon).await;
    assert_eq!(consents, 3, "one at the beginning, one a year");
    assert_eq!(office.atlassian.log().revoked_families(), 0);
}
