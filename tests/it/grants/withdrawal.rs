//! The end of a grant, seen by a daemon.

use std::time::Duration;

use confluence_sim::Account;
use tokio::time::Instant;

use super::until;
use crate::support::installation::{Installation, world};
use crate::support::program::Running;
use crate::support::watched::Watched;

const ACME: &str = "acme.atlassian.net";
const UMBRA: &str = "umbra.atlassian.net";
const CALL: &str = "millpond connect acme.atlassian.net";

/// A daemon that mirrors Alice's site and Bob's, every second.
struct Office {
    atlassian: Watched,
    alice: Account,
    bob: Account,
    home: Installation,
    daemon: Running,
}

impl Office {
    async fn open() -> Self {
        let (atlassian, alice) = world().await;
        let bob = atlassian.account("Bob Ferreira");
        atlassian.site(ACME).member(&alice);
        atlassian.site(ACME).member(&bob);
        atlassian.site(UMBRA).member(&bob);
        for domain in [ACME, UMBRA] {
            atlassian.site(domain).space("ENG").page("Runbook");
        }
        let home = Installation::new(&atlassian, &[ACME, UMBRA])
            .connected(ACME)
            .await;
        atlassian.consents_for(&bob, &[&atlassian.site(UMBRA)]);
        let home = home.connected(UMBRA).await;
        let schedule = "[sync]\ndelta = \"* * * * * *\"\nsweep = \"* * * * * *\"\n\
            deletion_guard = { max_fraction = 1.0, confirm_after = \"1ms\" }\n";
        home.configure(&atlassian, &[ACME, UMBRA], schedule);
        let daemon = home.spawn(&["run"]);
        let office = Self {
            atlassian,
            alice,
            bob,
            home,
            daemon,
        };
        until("the first copy", || office.titles().len() == 2).await;
        office
    }

    fn titles(&self) -> Vec<String> {
        let database = self.home.database();
        let is_copied = database.exists()
            && self.log().contains("backfill of acme.atlassian.net complete")
            && self.log().contains("backfill of umbra.atlassian.net complete");
        if !is_copied {
            return Vec::new();
        }
        self.home.mirrored().into_iter().map(|page| page.title).collect()
    }

    fn log(&self) -> String {
        self.daemon.logged()
    }

    fn write(&self, domain: &str, title: &str) {
        self.atlassian.site(domain).space("ENG").page(title);
    }

    async fn has(&self, title: &str) {
        until(title, || self.titles().iter().any(|known| known == title)).await;
    }

    /// Alice takes her consent back. Her site stops, Bob's goes on, and nothing is buried.
    async fn withdraw(&self) {
        self.atlassian.revoke(&self.alice);
        until("the call for a person", || self.log().contains(CALL)).await;
        self.write(ACME, "Written while nobody could look");
        self.write(UMBRA, "Written by Bob");
        self.has("Written by Bob").await;
        assert_eq!(self.titles(), ["Runbook", "Runbook", "Written by Bob"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_consent_stops_its_connection_alone_until_a_person_consents_again() {
    let office = Office::open().await;
    office.withdraw().await;

    office.atlassian.consents_as(&office.alice);
    assert!(office.home.connect(ACME).await.status.success());
    let consented = Instant::now();
    office.has("Written while nobody could look").await;
    let waited = consented.elapsed();
    println!("mirrored again {waited:?} after the consent");
    assert!(waited < Duration::from_secs(6), "{waited:?}");
    assert_eq!(office.log().matches(CALL).count(), 1, "{}", office.log());
    assert!(office.home.mirrored().len() == 4, "nothing was buried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_may_take_the_place_of_one_that_withdrew() {
    let office = Office::open().await;
    office.withdraw().await;

    office.atlassian.consents_as(&office.bob);
    assert!(office.home.connect(ACME).await.status.success());
    office.has("Written while nobody could look").await;
    office.write(UMBRA, "Written with the new consent of Bob");
    office.has("Written with the new consent of Bob").await;
}
