//! What applying does, and what it leaves alone.

use millpond::model::AccountId;
use millpond::model::{
    Checkpoint, ContentId, ContentKind, ContentStatus, Counts, Cursor, Finding, FindingKind, RunId, SpaceId,
    SyncMode, User, Watermark,
};
use millpond::store::{FinishedPass, LinkRow, LinkTarget, Sighting};

use super::support::{Edit, Mirror, at, cloud, page, space};

fn link_to(title: &str, written: &str) -> LinkRow {
    LinkRow {
        target: LinkTarget::Page {
            space_key: millpond::model::SpaceKey::new("ENG"),
            title: title.to_owned(),
        },
        written: written.to_owned(),
        anchor: None,
    }
}

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
async fn links_by_title_become_links_by_id_whichever_page_comes_first() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/On+Call#duty";
    let linking = |id: &str| {
        let mut write = page(id, &format!("Linking {id}"), "see").link(link_to("On\u{200b} call", url));
        write.rendering.markdown = format!("see [on call]({url})\n");
        write
    };
    let settled = "see [on call](https://acme.atlassian.net/wiki/spaces/ENG/pages/20#duty)\n";

    mirror.apply(vec![linking("10")]).await;
    assert_eq!(mirror.markdown("10"), format!("see [on call]({url})\n"));
    mirror.apply(vec![page("20", "On Call", "duty")]).await;
    assert_eq!(mirror.markdown("10"), settled);
    mirror.apply(vec![linking("11")]).await;
    assert_eq!(mirror.markdown("11"), settled);

    // Ids survive a rename, and a link to the new title is settled too.
    mirror
        .apply(vec![linking("12").link(link_to("Duty", "x/Duty"))])
        .await;
    mirror.apply(vec![page("20", "Duty", "duty").version(2)]).await;
    assert_eq!(mirror.markdown("12"), settled);
    assert_eq!(
        mirror.text("SELECT target || ' ' || written FROM links WHERE title = 'Duty'"),
        "20 https://acme.atlassian.net/wiki/spaces/ENG/pages/20"
    );
    mirror.check_index();
}

#[tokio::test]
async fn two_people_of_one_name_are_told_apart_when_one_is_renamed() {
    let mirror = Mirror::new().await;
    let link = |account: &str| LinkRow {
        target: LinkTarget::User(AccountId::new(account)),
        written: format!("@{account}"),
        anchor: None,
    };
    let named = |account: &str, name: &str| User {
        id: AccountId::new(account),
        display_name: name.to_owned(),
        kind: "atlassian".to_owned(),
    };
    let mut write = page("10", "Page", "@1:a and @2:b")
        .link(link("1:a"))
        .link(link("2:b"));
    write.rendering.markdown = "[@1:a](w/people/1:a) and [@2:b](w/people/2:b)\n".to_owned();
    mirror.apply(vec![write]).await;
    let sams = vec![named("1:a", "Sam"), named("2:b", "Sam")];
    mirror.store.apply_users(&cloud(), sams, at(2)).await.unwrap();
    let renamed = vec![named("2:b", "Kim")];
    mirror.store.apply_users(&cloud(), renamed, at(3)).await.unwrap();
    assert_eq!(
        mirror.markdown("10"),
        "[@Sam](w/people/1:a) and [@Kim](w/people/2:b)\n"
    );
    assert_eq!(mirror.text("SELECT body FROM texts"), "@Sam and @Kim");
    let again = vec![named("2:b", "Kim Lee")];
    mirror.store.apply_users(&cloud(), again, at(4)).await.unwrap();
    assert_eq!(mirror.text("SELECT body FROM texts"), "@Sam and @Kim Lee");
    mirror.check_index();
}

#[tokio::test]
async fn a_file_of_another_page_is_linked_by_that_pages_id_once_it_is_known() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/Plans?preview=/a%20%281%29.png";
    let mut write = page("10", "Linking", "").link(LinkRow {
        target: LinkTarget::Attachment {
            holder: Some(Box::new(link_to("Plans", "").target)),
            name: "a (1).png".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    write.rendering.markdown = format!("![a]({url})\n");
    mirror.apply(vec![write.clone()]).await;
    assert_eq!(mirror.markdown("10"), format!("![a]({url})\n"));
    mirror.apply(vec![page("20", "Plans", "")]).await;
    let settled = "https://acme.atlassian.net/wiki/download/attachments/20/a%20%281%29.png";
    assert_eq!(mirror.markdown("10"), format!("![a]({settled})\n"));
    assert_eq!(
        mirror.text("SELECT target || ' ' || file_name || ' ' || written FROM links"),
        format!("20 a (1).png {settled}")
    );
    let before = mirror.dump();
    assert_eq!(mirror.apply(vec![write]).await, Counts::default());
    mirror.apply(vec![page("20", "Renamed", "").version(2)]).await;
    assert_eq!(mirror.markdown("10"), format!("![a]({settled})\n"));
    assert_ne!(mirror.dump(), before);
}

#[tokio::test]
async fn a_link_to_a_blog_post_leads_to_the_post_of_that_day_and_to_no_page() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/2026/03/02/News";
    let mut linking = page("10", "Linking", "").link(LinkRow {
        target: LinkTarget::BlogPost {
            space_key: millpond::model::SpaceKey::new("ENG"),
            title: "News".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    linking.rendering.markdown = format!("[news]({url})\n");
    let post = |id: &str, day: &str| {
        page(id, "News", "").with(|content| {
            content.kind = ContentKind::BlogPost;
            content.webui = format!("/spaces/ENG/blog/2026/03/{day}/{id}/News+(again)");
        })
    };
    mirror
        .apply(vec![linking.clone(), page("20", "News", ""), post("30", "01")])
        .await;
    assert_eq!(mirror.markdown("10"), format!("[news]({url})\n"));
    mirror.apply(vec![post("31", "02")]).await;
    let settled = "[news](https://acme.atlassian.net/wiki/spaces/ENG/blog/2026/03/02/31)\n";
    assert_eq!(mirror.markdown("10"), settled);
    linking.content.id = ContentId::new("11");
    mirror.apply(vec![linking]).await;
    assert_eq!(mirror.markdown("11"), settled);
}

#[tokio::test]
async fn a_file_of_a_blog_post_is_linked_by_the_posts_id_and_not_by_that_of_a_page_of_its_title() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/2026/03/02/News?preview=/a.png";
    let mut linking = page("10", "Linking", "").link(LinkRow {
        target: LinkTarget::Attachment {
            holder: Some(Box::new(LinkTarget::BlogPost {
                space_key: millpond::model::SpaceKey::new("ENG"),
                title: "News".to_owned(),
            })),
            name: "a.png".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    linking.rendering.markdown = format!("![a]({url})\n");
    mirror.apply(vec![linking.clone(), page("20", "News", "")]).await;
    assert_eq!(mirror.markdown("10"), format!("![a]({url})\n"));
    let post = page("30", "News", "").with(|content| {
        content.kind = ContentKind::BlogPost;
        content.webui = "/spaces/ENG/blog/2026/03/02/30/News".to_owned();
    });
    mirror.apply(vec![post]).await;
    let settled = "![a](https://acme.atlassian.net/wiki/download/attachments/30/a.png)\n";
    assert_eq!(mirror.markdown("10"), settled);
    linking.content.id = ContentId::new("11");
    mirror.apply(vec![linking]).await;
    assert_eq!(mirror.markdown("11"), settled);
}

#[tokio::test]
async fn links_follow_a_page_that_moves_to_another_space() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/Target#a";
    let mut linking = page("10", "Linking", "").link(link_to("Target", url));
    linking.rendering.markdown = format!("[t]({url})\n");
    mirror.apply(vec![linking, page("20", "Target", "")]).await;
    let moved = page("20", "Target", "")
        .version(2)
        .with(|content| content.space = SpaceId::new("2"));
    mirror.apply(vec![moved]).await;
    assert_eq!(
        mirror.markdown("10"),
        "[t](https://acme.atlassian.net/wiki/spaces/HR/pages/20#a)\n"
    );
}

#[tokio::test]
async fn people_get_their_names_whichever_comes_first() {
    let mirror = Mirror::new().await;
    let mentioning = |id: &str| {
        let mut write = page(id, &format!("Page {id}"), "ask @557:bob").link(LinkRow {
            target: LinkTarget::User(AccountId::new("557:bob")),
            written: "@557:bob".to_owned(),
            anchor: None,
        });
        write.rendering.markdown =
            "ask [@557:bob](https://acme.atlassian.net/wiki/people/557:bob)\n".to_owned();
        write
    };
    let named = |name: &str| User {
        id: AccountId::new("557:bob"),
        display_name: name.to_owned(),
        kind: "atlassian".to_owned(),
    };
    mirror.apply(vec![mentioning("10")]).await;
    let unknown = mirror.store.unknown_users(&cloud(), 10).await.unwrap();
    assert_eq!(
        unknown,
        [AccountId::new("557:bob"), AccountId::new("account:alice")]
    );

    mirror
        .store
        .apply_users(&cloud(), vec![named("Bob [B]")], at(2))
        .await
        .unwrap();
    let expected = "ask [@Bob \\[B\\]](https://acme.atlassian.net/wiki/people/557:bob)\n";
    assert_eq!(mirror.markdown("10"), expected);
    mirror.apply(vec![mentioning("11")]).await;
    assert_eq!(mirror.markdown("11"), expected);
    assert_eq!(
        mirror.text("SELECT body FROM texts WHERE title = 'Page 10'"),
        "ask @Bob [B]"
    );

    mirror
        .store
        .apply_users(&cloud(), vec![named("Robert")], at(3))
        .await
        .unwrap();
    assert_eq!(
        mirror.markdown("10"),
        "ask [@Robert](https://acme.atlassian.net/wiki/people/557:bob)\n"
    );
    assert_eq!(
        mirror.text("SELECT group_concat(body) FROM texts WHERE id IN (SELECT content FROM links)"),
        "ask @Robert,ask @Robert"
    );
    mirror.check_index();
    let before = mirror.dump();
    assert_eq!(
        mirror.apply(vec![mentioning("10"), mentioning("11")]).await,
        Counts::default()
    );
    assert_eq!(mirror.dump(), before);
    mirror.check_index();
}

#[tokio::test]
async fn accounts_the_site_never_answers_for_wait_behind_the_others() {
    let mirror = Mirror::new().await;
    let by = |id: &str, account: &str| {
        page(id, id, "x").with(|content| content.author = Some(AccountId::new(account)))
    };
    mirror
        .apply(vec![by("10", "a"), by("11", "b"), by("12", "c")])
        .await;
    let ask = || mirror.store.unknown_users(&SITE, 2);
    assert_eq!(
        ask().await.unwrap(),
        [AccountId::new("a"), AccountId::new("account:alice")]
    );
    assert_eq!(ask().await.unwrap(), [AccountId::new("b"), AccountId::new("c")]);
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
