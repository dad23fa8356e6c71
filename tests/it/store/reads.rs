//! What readers find.

use millpond::model::{
    AccountId, Body, ContentId, ContentKind, Counts, Domain, Finding, FindingKind, Outcome, Parent, SpaceId,
    SpaceKey, SyncMode, User, Watermark,
};
use millpond::store::{ContentWrite, Error, FinishedPass, LinkRow, LinkTarget, Lookup, PageView, Reader};

use super::support::{Edit, Mirror, at, cloud, page};

fn under(parent: &str, position: Option<i64>, write: ContentWrite) -> ContentWrite {
    write.with(|content| {
        content.parent = Some(Parent {
            id: ContentId::new(parent),
            kind: "page".to_owned(),
        });
        content.position = position;
    })
}

fn look_up(mirror: &Mirror, page: &str) -> Lookup {
    mirror.store.reader().page(&page.parse().unwrap()).unwrap()
}

fn found(mirror: &Mirror, page: &str) -> PageView {
    match look_up(mirror, page) {
        Lookup::Found(page) => *page,
        other => panic!("{page}: {other:?}"),
    }
}

#[tokio::test]
async fn a_page_is_found_by_id_address_and_title() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![
            page("10", "Handbook", "top"),
            under("10", None, page("11", "On Call", "duty")),
        ])
        .await;
    for name in [
        "11",
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/11/On+Call",
        "eng: on call",
        "https://acme.atlassian.net/wiki/display/ENG/On+Call",
    ] {
        assert_eq!(found(&mirror, name).title, "On Call", "{name}");
    }
    let page = found(&mirror, "11");
    assert_eq!(page.url, "https://acme.atlassian.net/wiki/spaces/ENG/pages/11");
    assert_eq!(page.author.as_deref(), Some("account:alice"));
    assert_eq!(page.ancestors.len(), 1);
    assert_eq!(page.ancestors[0].title, "Handbook");
    assert_eq!((page.markdown.as_str(), page.storage_size), ("duty\n", Some(11)));

    let body = mirror.store.reader().body(&page).unwrap();
    assert_eq!(body, Some(Body::Storage("<p>duty</p>".to_owned())));
}

#[tokio::test]
async fn a_page_that_is_not_there_is_answered_with_what_is_close() {
    let mirror = Mirror::new().await;
    let hr = page("12", "Runbok", "c").with(|content| content.space = SpaceId::new("2"));
    mirror
        .apply(vec![page("10", "Runbook", "a"), page("11", "Glossary", "b"), hr])
        .await;
    let close = |name: &str| match look_up(&mirror, name) {
        Lookup::NotFound { close } => close.into_iter().map(|page| page.title).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(close("ENG:Runbok"), ["Runbok", "Runbook"]);
    assert_eq!(close("ENG:gloss"), ["Glossary"]);
    assert!(close("ENG:Unheard of").is_empty());
    assert!(close("99").is_empty());
}

#[tokio::test]
async fn earlier_versions_and_links_back_can_be_read() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Page", "first")]).await;
    mirror.apply(vec![page("10", "Page", "second").version(2)]).await;
    let linking = page("11", "Linking", "see").link(LinkRow {
        target: LinkTarget::PageId(ContentId::new("10")),
        written: "x".to_owned(),
        anchor: None,
    });
    mirror.apply(vec![linking]).await;

    let reader = mirror.store.reader();
    let page = found(&mirror, "10");
    let versions = reader.versions(&page).unwrap();
    let known: Vec<_> = versions
        .iter()
        .map(|version| (version.version, version.size, version.is_current))
        .collect();
    assert_eq!(known, [(2, Some(13), true), (1, Some(12), false)]);
    let body = reader.body_of_version(&page, 1).unwrap();
    assert_eq!(body, Some(Body::Storage("<p>first</p>".to_owned())));
    let body = reader.body_of_version(&page, 2).unwrap();
    assert_eq!(body, Some(Body::Storage("<p>second</p>".to_owned())));
    assert_eq!(reader.body_of_version(&page, 7).unwrap(), None);
    let backlinks = reader.backlinks(&page).unwrap();
    assert_eq!(backlinks.len(), 1);
    assert_eq!(backlinks[0].title, "Linking");
}

#[tokio::test]
async fn the_tree_follows_the_order_of_the_site() {
    let mirror = Mirror::new().await;
    let circle = [
        under("31", None, page("30", "Round", "x")),
        under("30", None, page("31", "And round", "x")),
    ];
    mirror
        .apply(vec![
            page("10", "Home", "x"),
            under("10", Some(2), page("11", "Second", "x")),
            under("10", Some(1), page("12", "First", "x")),
            under("12", None, page("13", "b", "x")),
            under("12", None, page("14", "A", "x")),
            under("777", None, page("15", "In a folder", "x")),
            page("20", "Elsewhere", "x").with(|content| content.space = SpaceId::new("2")),
        ])
        .await;
    let tree = |space: Option<&str>| -> Vec<String> {
        let space = space.map(SpaceKey::new);
        let nodes = mirror.store.reader().tree(space.as_ref()).unwrap();
        nodes
            .iter()
            .map(|node| format!("{}{}", " ".repeat(node.depth), node.title))
            .collect()
    };
    let engineering = ["Home", " First", "  A", "  b", " Second", "In a folder"];
    assert_eq!(tree(Some("eng")), engineering);
    assert_eq!(tree(None).len(), 7);

    // The site never has circles; a mirror in the middle of moves may.
    mirror.apply(circle.to_vec()).await;
    assert_eq!(tree(Some("ENG")).len(), 8);
}

#[tokio::test]
async fn the_status_counts_and_names() {
    let mirror = Mirror::new().await;
    let mut warned = page("10", "Page", "x");
    warned.rendering.warnings = vec![("macro".to_owned(), "jira".to_owned())];
    mirror.apply(vec![warned, page("11", "Gone", "x")]).await;
    let gone = vec![ContentId::new("11")];
    mirror.store.bury(&cloud(), gone, "trashed", at(2)).await.unwrap();
    let pass = FinishedPass {
        site: cloud(),
        kind: ContentKind::Page.into(),
        mode: SyncMode::Backfill,
        spaces: vec![SpaceId::new("1")],
        watermark: Some(Watermark(at(1))),
        coverage: None,
    };
    mirror.store.finish_pass(pass).await.unwrap();
    let outcome = Outcome::Deferred { until: at(60) };
    let counts = Counts {
        added: 2,
        ..Counts::default()
    };
    mirror
        .store
        .finish_run(mirror.run, outcome, counts, None, at(3))
        .await
        .unwrap();

    let reader = Reader::open(mirror.dir.path()).unwrap();
    let status = reader.status().unwrap();
    assert!(status.database_size > 0);
    let [site] = status.sites.as_slice() else {
        panic!("{status:?}")
    };
    assert_eq!(site.spaces.len(), 2);
    let space = &site.spaces[0];
    assert_eq!((space.key.as_str(), space.mirrored, space.gone), ("ENG", 1, 1));
    assert_eq!(space.watermarks["page"], at(1));
    assert_eq!(site.up_to(space), Some(at(1)), "no run has brought it further");
    assert_eq!(site.up_to(&site.spaces[1]), None, "not copied yet");
    assert_eq!(site.warnings["macro"], 1);
    let run = &site.last_runs[0];
    assert_eq!(
        (run.outcome.as_str(), run.until, run.added),
        ("deferred", Some(at(60)), 2)
    );
    assert_eq!(reader.runs(5).unwrap().len(), 1);
    assert_eq!(reader.spaces().unwrap().len(), 2);
    assert!(reader.findings().unwrap().is_empty());
    assert!(serde_json::to_string(&status).is_ok());
}

#[tokio::test]
async fn a_space_where_nothing_changes_is_complete_up_to_the_last_run_that_looked() {
    let mirror = Mirror::new().await;
    let pass = FinishedPass {
        site: cloud(),
        kind: ContentKind::Page.into(),
        mode: SyncMode::Backfill,
        spaces: vec![SpaceId::new("1")],
        watermark: Some(Watermark(at(1))),
        coverage: None,
    };
    mirror.store.finish_pass(pass).await.unwrap();
    let up_to = || {
        let site = mirror.store.reader().status().unwrap().sites.remove(0);
        site.up_to(&site.spaces[0])
    };
    let run = async |minute: u32, outcome: Outcome| {
        let store = &mirror.store;
        let run = store
            .begin_run(&cloud(), SyncMode::Delta, at(minute))
            .await
            .unwrap();
        let ended = store.finish_run(run, outcome, Counts::default(), None, at(minute + 1));
        ended.await.unwrap();
    };
    for (minute, outcome, expected) in [
        (10, Outcome::Failed, 1),
        (20, Outcome::Complete, 20),
        (30, Outcome::Unfinished { until: at(60) }, 20),
        (40, Outcome::Partial, 40),
    ] {
        run(minute, outcome).await;
        assert_eq!(up_to(), Some(at(expected)), "{outcome:?}");
    }
    // The whole listing of blog posts is refused.
    let refused = Finding {
        kind: FindingKind::Refused,
        subject: "blogposts".to_owned(),
        content: None,
        space: None,
        detail: "a scope is missing".to_owned(),
    };
    let (site, store) = (cloud(), &mirror.store);
    let recorded = store.record_findings(&site, mirror.run, vec![refused], at(41));
    recorded.await.unwrap();
    run(50, Outcome::Partial).await;
    assert_eq!(up_to(), Some(at(20)));
}

#[tokio::test]
async fn the_public_page_shows_names_and_addresses() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Page", "x")]).await;
    let alice = User {
        id: AccountId::new("account:alice"),
        display_name: "Alice Moreau".to_owned(),
        kind: "atlassian".to_owned(),
    };
    mirror
        .store
        .apply_users(&cloud(), vec![alice], at(1))
        .await
        .unwrap();
    assert_eq!(
        mirror.text(
            "SELECT concat_ws(' ', site, kind, space_key, author, editor, url, labels, gone_at) FROM page"
        ),
        "acme.atlassian.net page ENG Alice Moreau Alice Moreau https://acme.atlassian.net/wiki/spaces/ENG/pages/10 []"
    );
    assert_eq!(
        mirror.text(
            "SELECT page.title FROM page_fts JOIN page ON page.rowid = page_fts.rowid WHERE page_fts MATCH 'x'"
        ),
        "Page"
    );
}

#[tokio::test]
async fn readers_read_while_a_writer_writes() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Page", "words")]).await;
    let reader = Reader::open(mirror.dir.path()).unwrap();
    // Another writer in the middle of its transaction: the strongest lock there is.
    let writing = mirror.sql();
    writing
        .execute_batch("BEGIN IMMEDIATE; DELETE FROM contents;")
        .unwrap();
    assert!(matches!(
        reader.page(&"10".parse().unwrap()).unwrap(),
        Lookup::Found(_)
    ));
    writing.execute_batch("ROLLBACK").unwrap();

    mirror.store.close().await.unwrap();
    assert!(matches!(
        reader.page(&"10".parse().unwrap()).unwrap(),
        Lookup::Found(_)
    ));
    assert!(Reader::open(mirror.dir.path()).is_ok());
}

#[test]
fn a_reader_says_that_there_is_no_mirror_and_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(dir.path()), Err(Error::Missing { .. })));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_same_id_on_two_sites_is_two_pages() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Here", "x")]).await;
    let other = millpond::model::CloudId::new("cloud-2");
    let site = millpond::model::Site {
        cloud_id: other.clone(),
        domain: "other.atlassian.net".parse().unwrap(),
        name: "Other".to_owned(),
    };
    mirror.store.register_site(site, at(0)).await.unwrap();
    let mut batch = mirror.batch(vec![page("10", "There", "x")]);
    batch.site = other;
    mirror.store.apply(batch).await.unwrap();

    let Lookup::Several(pages) = look_up(&mirror, "10") else {
        panic!()
    };
    let sites: Vec<&Domain> = pages.iter().map(|page| &page.site).collect();
    assert_eq!(
        sites.iter().map(|site| site.as_str()).collect::<Vec<_>>(),
        ["acme.atlassian.net", "other.atlassian.net"]
    );
    let page = found(&mirror, "https://other.atlassian.net/wiki/spaces/ENG/pages/10");
    assert_eq!(page.title, "There");
}
