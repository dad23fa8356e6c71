//! What a backup has, what a second one costs, which ones stay, and what restoring makes of it.

use std::fs;

use millpond::backup::{self, Error, Options};

use crate::store::support::page;
use crate::support::installation::{Installation, visible, world};

use super::support::{Backups, everything, hour};

#[tokio::test]
async fn a_backup_restores_to_an_equal_mirror() {
    let backups = Backups::of_a_small_mirror().await;
    let before = everything(backups.shelf.mirror.dir.path());
    for (hours, compress) in [(0, false), (1, true)] {
        let options = Options {
            compress,
            ..backups.options(hour(hours))
        };
        let taken = backup::take(&options, &mut |_| {}).unwrap();
        let verified = backup::verify(&taken.path, &mut |_| {}).unwrap();
        assert_eq!(
            (verified.contents, verified.attachments, verified.lacking),
            (2, 2, 0)
        );
        let to = backups.beside(&format!("restored-{hours}"));

        let restored = backup::restore(&taken.path, &to, &mut |_| {}).unwrap();

        assert_eq!(restored.from.sites, ["acme.atlassian.net"]);
        assert_eq!(everything(&to), before);
        let again = backup::restore(&taken.path, &to, &mut |_| {});
        assert!(matches!(again, Err(Error::NotEmpty { .. })), "{again:?}");
    }
}

#[tokio::test]
async fn a_second_backup_copies_only_the_attachments_that_are_new() {
    let backups = Backups::of_a_small_mirror().await;
    let first = backups.take(hour(0));
    assert_eq!(
        (first.attachments, first.new_attachments, first.new_bytes),
        (2, 2, 300_006)
    );

    let second = backups.take(hour(24));
    assert_eq!(
        (second.attachments, second.new_attachments, second.new_bytes),
        (2, 0, 0)
    );

    backups.shelf.attach("6", "att1", "plan.png", b"another plan");
    let third = backups.take(hour(48));
    assert_eq!(
        (third.attachments, third.new_attachments, third.new_bytes),
        (2, 1, 12)
    );
    assert_eq!(backups.pool(), 3);
    for name in backups.names() {
        backup::verify(&backups.dir().join(name), &mut |_| {}).unwrap();
    }
}

#[tokio::test]
async fn backups_that_are_not_to_stay_go_with_what_only_they_need() {
    let backups = Backups::of_a_small_mirror().await;
    backups.take(hour(0));
    backups.shelf.attach("6", "att1", "plan.png", b"another plan");
    backups.take(hour(24));
    assert_eq!((backups.names().len(), backups.pool()), (2, 3));

    let taken = backups.take_and_keep(hour(25), "daily=1");

    assert_eq!(
        taken.removed,
        ["2026-03-02T000000.000Z", "2026-03-03T000000.000Z"]
    );
    assert_eq!(backups.names(), ["2026-03-03T010000.000Z"]);
    assert_eq!(backups.pool(), 2);
    backup::verify(&taken.path, &mut |_| {}).unwrap();
}

#[tokio::test]
async fn a_damaged_backup_counts_for_nothing_and_the_last_good_one_stays() {
    let backups = Backups::of_a_small_mirror().await;
    let good = backups.take(hour(0));
    let bad = backups.take(hour(24));
    fs::write(bad.path.join("manifest.json"), "{}").unwrap();
    // A clock that was set back: the newest by name is the damaged one.
    let taken = backups.take_and_keep(hour(1), "daily=1");
    assert_eq!(taken.damaged, ["2026-03-03T000000.000Z"]);
    assert_eq!(taken.removed, ["2026-03-02T000000.000Z"]);
    assert!(!good.path.exists() && bad.path.exists());
    backup::verify(&taken.path, &mut |_| {}).unwrap();
}

#[tokio::test]
async fn what_the_mirror_has_lost_is_told_and_does_not_hinder_the_rest() {
    let backups = Backups::of_a_small_mirror().await;
    let state = backups.shelf.mirror.dir.path().join("attachments");
    let mut files: Vec<_> = crate::export::support::files(&state).into_iter().collect();
    files.sort_by_key(|(_, content)| content.len());
    fs::write(state.join(&files[0].0), "b plan").unwrap();
    let taken = backups.take(hour(0));
    assert_eq!((taken.attachments, taken.lacking), (1, 1));
    let verified = backup::verify(&taken.path, &mut |_| {}).unwrap();
    assert_eq!((verified.attachments, verified.lacking), (1, 1));
}

#[tokio::test]
async fn flaws_of_the_mirror_are_those_of_a_faithful_copy_and_hinder_nothing() {
    let backups = Backups::of_a_small_mirror().await;
    // Behind the back of the index.
    backups.shelf.label("5", "unknown");
    let taken = backups.take(hour(0));
    let verified = backup::verify(&taken.path, &mut |_| {}).unwrap();
    assert_eq!(verified.flaws.len(), 1, "{verified:?}");
    backup::restore(&taken.path, &backups.beside("restored"), &mut |_| {}).unwrap();
}

#[tokio::test]
async fn one_backup_at_a_time_writes_a_folder_and_none_takes_anothers_name() {
    let backups = Backups::of_a_small_mirror().await;
    let first = backups.take(hour(0));
    let again = backup::take(&backups.options(hour(0)), &mut |_| {});
    assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
    let lock = fs::File::open(backups.dir().join(".lock")).unwrap();
    lock.lock().unwrap();
    let failed = backup::take(&backups.options(hour(1)), &mut |_| {});
    assert!(matches!(failed, Err(Error::InUse { .. })), "{failed:?}");
    // What is read back must not be deleted meanwhile.
    let failed = backup::verify(&first.path, &mut |_| {});
    assert!(matches!(failed, Err(Error::InUse { .. })), "{failed:?}");
    lock.unlock().unwrap();
    lock.lock_shared().unwrap();
    backup::verify(&first.path, &mut |_| {}).unwrap();
    let failed = backup::take(&backups.options(hour(1)), &mut |_| {});
    assert!(matches!(failed, Err(Error::InUse { .. })), "{failed:?}");
}

#[tokio::test]
async fn a_restored_mirror_goes_on_with_a_delta() {
    let (atlassian, alice) = world().await;
    let domain = "acme.atlassian.net";
    let site = atlassian.site(domain);
    site.member(&alice);
    let pages: Vec<_> = (0..30)
        .map(|number| {
            site.space("ENG")
                .page(&format!("Page {number}"))
                .body("<p>first</p>")
        })
        .collect();
    let home = Installation::new(&atlassian, &[domain]).connected(domain).await;
    home.done(&["sync"]).await;
    let dir = home.path("backups").display().to_string();
    let state = home.path("state").display().to_string();
    home.done(&["backup", &dir, "--keep", "daily=7", "--compress"])
        .await;
    home.done(&["backup", "verify", &dir]).await;
    site.edit(&pages[3], "<p>second</p>");
    site.space("ENG").page("New").body("<p>new</p>");

    let refused = home.millpond(&["restore", &dir, &state]).await;
    assert_eq!(refused.status.code(), Some(1));
    fs::rename(&state, home.path("lost")).unwrap();
    let restored = home.millpond(&["restore", &dir, &state]).await;

    let said = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(
        restored.status.success() && said.contains("millpond connect acme.atlassian.net"),
        "{said}"
    );
    assert_eq!(
        home.millpond(&["sync"]).await.status.code(),
        Some(4),
        "a person must consent again"
    );
    let home = home.connected(domain).await;
    let run: serde_json::Value = serde_json::from_str(&home.done(&["--json", "sync"]).await).unwrap();
    assert_eq!(
        (&run["mode"], &run["added"], &run["changed"]),
        (&"delta".into(), &1.into(), &1.into()),
        "{run}"
    );
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn where_nothing_is_mirrored_there_is_nothing_to_back_up() {
    let backups = Backups::of_a_small_mirror().await;
    let mut options = backups.options(hour(0));
    options.state_dir = backups.beside("nowhere");
    let failed = backup::take(&options, &mut |_| {});
    assert!(matches!(failed, Err(Error::Store(_))), "{failed:?}");
    assert!(!backups.dir().exists());
    let none = backup::find(backups.shelf.mirror.dir.path());
    assert!(matches!(none, Err(Error::NoBackup { .. })), "{none:?}");
    backups.shelf.mirror.apply(vec![page("9", "New", "x")]).await;
    assert_eq!(backups.take(hour(0)).contents, 3);
}
