//! What applying does, and what it leaves alone.

use millpond::model::{
    Checkpoint, ContentId, ContentKind, ContentStatus, Counts, Cursor, Finding, FindingKind, RunId, SpaceId,
    SyncMode, Watermark,
};
use millpond::store::{FinishedPass, Sighting};

use super::support::{Edit, Mirror, at, cloud, link_to, page, space};

fn checkpoint(items: u64) -> Checkpoint {
    Checkpoint {
        pass: RunId(1),
        spaces: vec![SpaceId::new("1"), SpaceId::new("2")],
        cursor: Some(Cursor(format!("after-{items}"))),
        last: None,
        is_backwards: false,
        candidate: Watermark(at(0)),
        items,
        listed: [(ContentKind::Page, [(SpaceId::new("1"), items)].into())].into(),
    }
}

#[tokio::test]
async fn applying_twice_changes_nothing() {
    let mirror = Mirror::new().await;
    let target = "https://acme.atlassian.net/wiki/display/ENG/Target";
    let mut linking = page("10", "Linking", "").link(link_to("Target", target));
    linking.rendering.markdown = format!("[t]({target})\n");
    let batch = mirror.batch(vec![
        linking,
        page("11", "Target", "words"),
        page("12", "Other", "more"),
    ]);

    let first = mirror.store.apply(batch.clone()).await.unwrap();
    let written = mirror.dump();
    let second = mirror.store.apply(batch).await.unwrap();

    assert_eq!(
        first,
        Counts {
            added: 3,
            ..Counts::default()
        }
    );
    assert_eq!(second, Counts::default());
    assert_eq!(mirror.dump(), written);
    mirror.check_index();
}

#[tokio::test]
async fn a_replaced_version_is_kept_with_its_body() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Old title", "old words")]).await;
    let counts = mirror
        .apply(vec![page("10", "New title", "new words").version(2)])
        .await;

    assert_eq!(counts.changed, 1);
    assert_eq!(
        mirror.text("SELECT version || title || author_id || saved_at FROM versions"),
        "1Old titleaccount:alice2026-03-01T09:00:00.000Z"
    );
    assert_eq!(mirror.markdown("10"), "new words\n");
    assert_eq!(
        mirror.number("SELECT length('<p>old words</p>') = size FROM versions"),
        1
    );
    mirror.check_index();
}

#[tokio::test]
async fn an_overtaken_answer_is_ignored_but_for_its_status() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Title", "second").version(2)]).await;
    let before = mirror.dump();
    let counts = mirror.apply(vec![page("10", "Title", "first")]).await;
    assert_eq!((counts, mirror.dump()), (Counts::default(), before));

    let archived = page("10", "Title", "first").with(|content| content.status = ContentStatus::Archived);
    mirror.apply(vec![archived]).await;
    assert_eq!(
        mirror.text("SELECT status || version || markdown FROM page"),
        "archived2second\n"
    );
}

#[tokio::test]
async fn a_site_restored_from_a_backup_may_count_versions_anew() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Title", "fifth").version(5)]).await;
    let restored = page("10", "Title", "restored")
        .version(2)
        .with(|content| content.version.created_at = at(30));
    mirror.apply(vec![restored]).await;
    assert_eq!(mirror.text("SELECT version || markdown FROM page"), "2restored\n");
}

#[tokio::test]
async fn content_without_a_body_keeps_the_stored_one() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Title", "words")]).await;
    let mut bodiless = page("10", "Renamed", "")
        .version(2)
        .with(|content| content.body = None);
    bodiless.rendering.markdown = String::new();
    let counts = mirror.apply(vec![bodiless]).await;

    assert_eq!(counts.changed, 1);
    assert_eq!(
        mirror.text("SELECT version || title || markdown || storage_size FROM page"),
        "2Renamedwords\n12"
    );
    assert_eq!(
        mirror.number("SELECT count(*) FROM page_fts WHERE page_fts MATCH 'renamed AND words'"),
        1
    );
    mirror.check_index();
}

#[tokio::test]
async fn what_comes_back_lives_again_with_its_history() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Title", "first")]).await;
    mirror.apply(vec![page("10", "Title", "second").version(2)]).await;
    let id = vec![ContentId::new("10")];
    let buried = mirror
        .store
        .bury(&cloud(), id.clone(), "trashed", at(5))
        .await
        .unwrap();
    assert_eq!(buried, 1);
    assert_eq!(
        mirror.store.bury(&cloud(), id, "trashed", at(6)).await.unwrap(),
        0
    );
    assert_eq!(
        mirror.text("SELECT gone_at || gone_reason || status FROM page"),
        "2026-03-01T09:05:00.000Ztrashedtrashed"
    );

    let counts = mirror.apply(vec![page("10", "Title", "second").version(2)]).await;

    assert_eq!(counts.changed, 1);
    assert_eq!(
        mirror.text("SELECT coalesce(gone_at, 'alive') || status FROM page"),
        "alivecurrent"
    );
    assert_eq!(mirror.number("SELECT count(*) FROM versions"), 1);
}

#[tokio::test]
async fn content_that_the_site_calls_trashed_is_buried() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Title", "words")]).await;
    let trashed = page("10", "Title", "words").with(|content| content.status = ContentStatus::Trashed);
    let counts = mirror.apply(vec![trashed]).await;
    assert_eq!((counts.changed, counts.buried), (1, 1));
    assert_eq!(mirror.text("SELECT gone_reason FROM page"), "trashed");
}

#[tokio::test]
async fn the_checkpoint_and_its_pages_are_one_transaction() {
    let mirror = Mirror::new().await;
    let mut batch = mirror.batch(vec![page("10", "Title", "words")]);
    batch.checkpoint = Some((ContentKind::Page.into(), SyncMode::Backfill, checkpoint(250)));
    mirror.store.apply(batch).await.unwrap();
    let read = || {
        mirror
            .store
            .checkpoint(&SITE, ContentKind::Page, SyncMode::Backfill)
    };
    assert_eq!(read().await.unwrap(), Some(checkpoint(250)));

    // A row that cannot be written, after rows that can.
    mirror
        .sql()
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON texts WHEN new.title = 'Bad'
             BEGIN SELECT raise(ABORT, 'refused'); END;",
        )
        .unwrap();
    let before = mirror.dump();
    let mut batch = mirror.batch(vec![page("11", "Good", "words"), page("12", "Bad", "words")]);
    batch.checkpoint = Some((ContentKind::Page.into(), SyncMode::Backfill, checkpoint(500)));
    assert!(mirror.store.apply(batch).await.is_err());
    assert_eq!(mirror.dump(), before);
    assert_eq!(read().await.unwrap(), Some(checkpoint(250)));

    let (kind, mode) = (ContentKind::Page, SyncMode::Backfill);
    let finished = FinishedPass {
        site: cloud(),
        kind: kind.into(),
        mode,
        spaces: Vec::new(),
        watermark: None,
        coverage: None,
    };
    mirror.store.finish_pass(finished).await.unwrap();
    assert_eq!(read().await.unwrap(), None);
}

static SITE: std::sync::LazyLock<millpond::model::CloudId> = std::sync::LazyLock::new(cloud);

#[tokio::test]
async fn a_watermark_never_moves_back() {
    let mirror = Mirror::new().await;
    let finish = |space: &str, minute: Option<u32>| FinishedPass {
        site: cloud(),
        kind: ContentKind::Page.into(),
        mode: SyncMode::Delta,
        spaces: vec![SpaceId::new(space)],
        watermark: minute.map(|minute| Watermark(at(minute))),
        coverage: None,
    };
    for pass in [
        finish("1", Some(10)),
        finish("1", Some(5)),
        finish("2", Some(5)),
        finish("2", None),
    ] {
        mirror.store.finish_pass(pass).await.unwrap();
    }
    let watermarks = mirror
        .store
        .watermarks(&cloud(), ContentKind::Page)
        .await
        .unwrap();
    let expected = [
        (SpaceId::new("1"), Watermark(at(10))),
        (SpaceId::new("2"), Watermark(at(5))),
    ];
    assert_eq!(watermarks, expected.into());
    let other = mirror
        .store
        .watermarks(&cloud(), ContentKind::BlogPost)
        .await
        .unwrap();
    assert!(other.is_empty());
}

#[tokio::test]
async fn a_sweep_sees_what_differs_and_what_is_gone() {
    let mirror = Mirror::new().await;
    let pages = [
        page("10", "Same", "a"),
        page("11", "Edited", "b"),
        page("12", "Gone", "c"),
    ];
    mirror.apply(pages.to_vec()).await;
    let pass = mirror
        .store
        .begin_run(&cloud(), SyncMode::Sweep, at(10))
        .await
        .unwrap();
    let sightings = vec![
        Sighting::from(&pages[0].content),
        Sighting::from(&pages[1].clone().version(2).content),
        Sighting::from(&page("13", "New", "d").content),
    ];
    let differing = mirror.store.sight(&cloud(), pass, sightings).await.unwrap();
    assert_eq!(differing, [ContentId::new("11"), ContentId::new("13")]);

    // What is fetched because of a sweep counts as seen by it.
    mirror.apply(vec![page("13", "New", "d")]).await;
    let mut fetched = mirror.batch(vec![page("13", "New", "d")]);
    fetched.run = pass;
    mirror.store.apply(fetched).await.unwrap();

    let spaces = [SpaceId::new("1")];
    let unsighted = || {
        mirror
            .store
            .unsighted(&SITE, ContentKind::Page, &spaces, pass, (0, 10))
    };
    let gone = unsighted().await.unwrap();
    assert_eq!(gone.len(), 1);
    assert_eq!((gone[0].id.as_str(), gone[0].missing_since), ("12", None));

    let ids = vec![ContentId::new("12")];
    mirror
        .store
        .mark_missing(&cloud(), ids.clone(), at(11))
        .await
        .unwrap();
    mirror
        .store
        .mark_missing(&cloud(), ids.clone(), at(12))
        .await
        .unwrap();
    assert_eq!(unsighted().await.unwrap()[0].missing_since, Some(at(11)));

    let living = mirror.store.living(&cloud(), ContentKind::Page).await.unwrap();
    assert_eq!(living, [(SpaceId::new("1"), 4)].into());
    mirror.store.bury(&cloud(), ids, "missing", at(13)).await.unwrap();
    assert!(unsighted().await.unwrap().is_empty());
    let living = mirror.store.living(&cloud(), ContentKind::Page).await.unwrap();
    assert_eq!(living, [(SpaceId::new("1"), 3)].into());

    // Alive there, buried here.
    let back = vec![Sighting::from(&pages[2].content)];
    let differing = mirror.store.sight(&cloud(), pass, back).await.unwrap();
    assert_eq!(differing, [ContentId::new("12")]);
}

#[tokio::test]
async fn a_finding_stays_open_until_its_content_arrives() {
    let mirror = Mirror::new().await;
    let finding = |kind| Finding {
        kind,
        subject: "10".to_owned(),
        content: Some(ContentId::new("10")),
        space: None,
        detail: "no body".to_owned(),
    };
    let missing = finding(FindingKind::BodyMissing);
    let mut batch = mirror.batch(vec![page("10", "Title", "").with(|content| content.body = None)]);
    batch.findings = vec![missing.clone()];
    assert_eq!(mirror.store.apply(batch.clone()).await.unwrap().findings, 1);
    assert_eq!(mirror.store.apply(batch).await.unwrap(), Counts::default());
    assert_eq!(mirror.store.open_findings(&cloud()).await.unwrap(), [missing]);

    mirror.apply(vec![page("10", "Title", "words")]).await;
    assert!(mirror.store.open_findings(&cloud()).await.unwrap().is_empty());

    let guard = finding(FindingKind::DeletionGuard);
    mirror
        .store
        .record_findings(&cloud(), mirror.run, vec![guard.clone()], at(3))
        .await
        .unwrap();
    mirror.apply(vec![page("10", "Title", "words")]).await;
    assert_eq!(mirror.store.open_findings(&cloud()).await.unwrap(), [guard]);
    let subjects = vec![(FindingKind::DeletionGuard, "10".to_owned())];
    mirror
        .store
        .close_findings(&cloud(), subjects, at(4))
        .await
        .unwrap();
    assert!(mirror.store.open_findings(&cloud()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_space_follows_its_new_key() {
    let mirror = Mirror::new().await;
    let spaces = vec![space("1", "eng"), space("3", "NEW")];
    let counts = mirror
        .store
        .apply_spaces(&cloud(), spaces.clone(), at(1))
        .await
        .unwrap();
    assert_eq!((counts.added, counts.changed), (1, 1));
    let counts = mirror.store.apply_spaces(&cloud(), spaces, at(2)).await.unwrap();
    assert_eq!(counts, Counts::default());
}
