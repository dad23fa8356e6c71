//! Three years of a daemon's life, in seconds.

use std::time::Duration;

use millpond::auth::Choice;
use millpond::model::Timestamp;

use super::{DAY, HOUR, Office, acme};

const YEAR: Duration = Duration::from_hours(365 * 24);
/// Nothing is mirrored in these eighteen months: only keeping alive keeps the grant.
const QUIET: std::ops::Range<u32> = 270..818;

/// The limit of 365 days that one employee of Atlassian has stated is modelled by the simulated server: a person
/// answers the warning, fourteen days before each anniversary.
#[tokio::test]
async fn a_grant_lives_for_three_years_of_which_eighteen_months_pass_without_a_run() {
    let mut office = Office::open().await;
    // Thousands of synced writes: where there is a file system in memory, they take no time.
    if let Ok(folder) = tempfile::tempdir_in("/dev/shm") {
        office.folder = folder;
    }
    office.consent(Choice::Domain(acme())).await.unwrap();
    let (mut daemon, mut consents, mut oldest) = (office.process(), 1, Duration::ZERO);
    let now = || Timestamp::from_utc(office.time.now());
    for hour in (2..=3 * 365 * 24_u32).step_by(2) {
        office.time.advance(2 * HOUR);
        for (grant, ended) in daemon.keep_alive(DAY).await.unwrap() {
            ended.unwrap_or_else(|error| panic!("{grant} in hour {hour}: {error}"));
        }
        let day = hour / 24;
        if hour % 8 == 0 && !QUIET.contains(&day) {
            let (authenticator, _) = daemon.authenticator_for(&acme()).await.unwrap();
            assert!(office.accepts(&authenticator.access_token().await.unwrap()).await);
        }
        if hour % 24 == 0 {
            let (grant, _) = daemon.grant_for(&acme()).await.unwrap();
            oldest = oldest.max(now().since(grant.refreshed_at));
            if grant.warning(now()).is_some() {
                office.consent(Choice::Domain(acme())).await.unwrap();
                consents += 1;
            }
        }
        if hour % (30 * 24) == 0 {
            daemon = office.process();
        }
    }

    let log = office.atlassian.log();
    assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (0, 0));
    assert_eq!(consents, 4, "one at the beginning, one a year");
    assert!(oldest < DAY, "a refresh token of {oldest:?}");
    let mut used: Vec<_> = log.to(super::TOKEN).map(|request| request.at).collect();
    used.sort();
    let longest = used
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).to_std().unwrap())
        .max()
        .unwrap();
    assert!(longest <= DAY, "{longest:?} without a refresh");
    println!(
        "{} refreshes in {} days",
        log.refreshes().len(),
        3 * YEAR.as_secs() / DAY.as_secs()
    );
    let (authenticator, _) = daemon.authenticator_for(&acme()).await.unwrap();
    assert!(office.accepts(&authenticator.access_token().await.unwrap()).await);
}
