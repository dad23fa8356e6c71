//! Backups that are killed, by the program.

use std::fs;
use std::thread;
use std::time::Duration;

use millpond::backup;
use rand::RngExt as _;

use crate::store::support::{Edit as _, page};
use crate::support::program::Program;

use super::support::Backups;

/// How many backups are killed.
const KILLS: u32 = 100;

pub(super) fn command(backups: &Backups) -> Program {
    let config = backups.beside("config.toml");
    let text = format!(
        "state_dir = \"{}\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\nauth = \"api_token\"\n\
         email = \"a@b.c\"\ntoken_file = \"token\"\n",
        backups.shelf.mirror.dir.path().display()
    );
    fs::write(&config, text).unwrap();
    Program::new(&backups.beside("home"))
        .arg("--config")
        .arg(config)
        .arg("backup")
        .arg(backups.dir())
        .args(["--keep", "last=2"])
}

/// At random moments. From the first that was whole on, there always is one that is.
#[tokio::test]
async fn a_killed_backup_never_passes_for_a_whole_one() {
    let backups = Backups::of_a_small_mirror().await;
    assert!(command(&backups).output().status.success());
    for round in 0..KILLS {
        let edited = page("5", "Home", &format!("Round {round}. ").repeat(500)).version(round + 2);
        backups.shelf.mirror.apply(vec![edited]).await;
        backups
            .shelf
            .attach("6", "att1", "plan.png", format!("plan {round}").as_bytes());
        let mut child = command(&backups).spawn();
        thread::sleep(Duration::from_millis(rand::rng().random_range(0..120)));
        child.kill().await.unwrap();
        let names = backups.names();
        assert!(!names.is_empty(), "the last good one was deleted");
        for name in names {
            backup::verify(&backups.dir().join(&name), &mut |_| {})
                .unwrap_or_else(|error| panic!("{name} after {round} kills: {error}"));
        }
    }
    let output = command(&backups).output();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(backups.names().len(), 2);
    let left = fs::read_dir(backups.dir()).unwrap().count();
    assert_eq!(left, 4, "two backups, their attachments, the lock");
    assert!(backups.pool() <= 3, "what no backup needs is gone");
}
