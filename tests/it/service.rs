//! The daemon under a service manager, which is a socket here: what it is told, and what it asks for.

use std::time::Duration;

use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::daemon::{HASTY, SOON, equals_the_site, signal, until};
use crate::support::installation::{Installation, world};
use crate::support::program::Running;

const DOMAIN: &str = "acme.atlassian.net";

/// The service manager's end of the notify socket.
struct Manager(UnixDatagram);

impl Manager {
    /// Starts the daemon, with this much patience for its signs of life.
    fn start(home: &Installation, watchdog: Duration) -> (Self, Running) {
        let path = home.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let daemon = home
            .command(["run"])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", watchdog.as_micros().to_string());
        (Self(socket), daemon.spawn())
    }

    /// Listens until it is told something that contains `wanted`.
    async fn hears(&self, wanted: &str) {
        let listen = async {
            let mut message = [0; 4096];
            loop {
                let length = self.0.recv(&mut message).await.unwrap();
                if String::from_utf8_lossy(&message[..length]).contains(wanted) {
                    break;
                }
            }
        };
        timeout(SOON, listen)
            .await
            .unwrap_or_else(|_| panic!("never heard {wanted}"));
    }
}

#[tokio::test]
async fn the_service_manager_hears_that_we_are_ready_what_we_do_and_that_we_live() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let (manager, mut daemon) = Manager::start(&home, Duration::from_millis(300));

    manager.hears("READY=1").await;
    manager
        .hears("STATUS=acme.atlassian.net is up to date, next run ")
        .await;
    manager.hears("WATCHDOG=1").await;
    manager.hears("WATCHDOG=1").await;
    signal(&daemon, "TERM").await;
    manager.hears("STOPPING=1").await;
    assert!(timeout(SOON, daemon.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn a_changed_configuration_is_taken_over_at_sighup_and_a_bad_one_is_not() {
    let (atlassian, alice) = world().await;
    let domains = [DOMAIN, "beta.atlassian.net"];
    let sites = domains.map(|domain| {
        let site = atlassian.site(domain);
        site.member(&alice);
        site.space(&domain[..3]).page("Runbook");
        site
    });
    let home = Installation::new(&atlassian, &domains)
        .connected(domains[0])
        .await
        .connected(domains[1])
        .await;
    home.configure(&atlassian, &domains[..1], HASTY);
    let (manager, mut daemon) = Manager::start(&home, Duration::from_mins(1));
    manager.hears("READY=1").await;
    until("the first copy", || equals_the_site(&home, &sites[0], &alice)).await;

    home.configure(&atlassian, &domains[1..], HASTY);
    signal(&daemon, "HUP").await;
    manager.hears("RELOADING=1").await;
    manager.hears("READY=1").await;
    manager.hears("STATUS=beta.atlassian.net is up to date").await;

    std::fs::write(home.config(), "[sync]\ndelta = \"whenever\"\n").unwrap();
    signal(&daemon, "HUP").await;
    manager.hears("RELOADING=1").await;
    manager.hears("READY=1").await;
    sites[1].space("bet").page("Glossary");
    let titles = || {
        home.mirrored()
            .into_iter()
            .map(|page| page.title)
            .collect::<Vec<_>>()
    };
    until("going on with the old configuration", || {
        titles().contains(&"Glossary".to_owned())
    })
    .await;
    sites[0].space("acm").page("Unwatched");

    signal(&daemon, "TERM").await;
    assert!(timeout(SOON, daemon.wait()).await.unwrap().unwrap().success());
    assert!(
        !titles().contains(&"Unwatched".to_owned()),
        "a dismissed connection went on"
    );
}
