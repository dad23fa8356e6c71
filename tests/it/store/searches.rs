//! Full-text search.

use millpond::model::{AccountId, ContentId, ContentKind, ContentStatus, Parent, SpaceId, SpaceKey, User};
use millpond::store::{Depth, FoundIn, SearchQuery, Suggestions};
use proptest::prelude::*;

use super::support::{Edit, Mirror, at, cloud, page};

fn titles(mirror: &Mirror, query: &SearchQuery) -> Vec<String> {
    let hits = mirror.store.reader().search(query).unwrap();
    hits.into_iter().map(|hit| hit.title).collect()
}

fn found(mirror: &Mirror, text: &str) -> Vec<String> {
    titles(mirror, &SearchQuery::new(text))
}

#[tokio::test]
async fn a_word_in_the_title_counts_more_than_in_the_body() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![
            page("10", "Glossary", "deploy: to bring software to where it runs"),
            page("11", "How we deploy", "step by step to where it runs"),
        ])
        .await;
    assert_eq!(found(&mirror, "deploy"), ["How we deploy", "Glossary"]);
    assert_eq!(found(&mirror, "deploy software"), ["Glossary"]);
    assert_eq!(found(&mirror, "\"where it runs\" -software"), ["How we deploy"]);
    assert_eq!(found(&mirror, "softw*"), ["Glossary"]);
    assert_eq!(found(&mirror, "step OR software").len(), 2);
    assert!(found(&mirror, "absent").is_empty());
}

#[tokio::test]
async fn words_are_found_as_people_of_any_script_type_them() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![
            page("10", "Japanese", "東京都の会議室予約システム"),
            page("11", "German", "Die Lange Straße in Größenwahn"),
            page("12", "Code", "call getUserName or HTTPServer"),
            page("13", "French", "le déjà vu"),
            page("14", "Danish", "Ærøskøbing"),
        ])
        .await;
    for (typed, expected) in [
        ("会議", "Japanese"),
        ("会議室予約", "Japanese"),
        ("予", "Japanese"),
        ("ム", "Japanese"),
        ("strasse", "German"),
        ("STRASSE", "German"),
        ("Straße", "German"),
        ("grossenwahn OR grössenwahn", "German"),
        ("user", "Code"),
        ("\"user name\"", "Code"),
        ("server", "Code"),
        ("getusername", "Code"),
        ("deja", "French"),
        ("aeroskobing", "Danish"),
    ] {
        assert_eq!(found(&mirror, typed), [expected], "{typed}");
    }
    assert!(found(&mirror, "京東").is_empty());
}

#[tokio::test]
async fn a_search_can_be_narrowed() {
    let mirror = Mirror::new().await;
    let hr = page("11", "Two", "common").with(|content| content.space = SpaceId::new("2"));
    let blog = page("12", "Three", "common").with(|content| content.kind = ContentKind::BlogPost);
    let late = page("13", "Four", "common").version(20);
    mirror
        .apply(vec![
            page("10", "One", "common"),
            hr,
            blog,
            late,
            page("14", "Five", "common"),
        ])
        .await;
    let gone = vec![ContentId::new("14")];
    mirror.store.bury(&cloud(), gone, "trashed", at(9)).await.unwrap();
    mirror
        .sql()
        .execute_batch(
            "INSERT INTO labels (content, name) SELECT id, 'howto' FROM contents WHERE title = 'One';
             UPDATE texts SET labels = 'howto' WHERE title = 'One'",
        )
        .unwrap();

    let narrowed = |narrow: fn(&mut SearchQuery)| {
        let mut query = SearchQuery::new("common");
        narrow(&mut query);
        let mut titles = titles(&mirror, &query);
        titles.sort();
        titles.join(" ")
    };
    assert_eq!(narrowed(|_| {}), "Four One Three Two");
    assert_eq!(narrowed(|query| query.is_gone = true), "Five");
    assert_eq!(narrowed(|query| query.spaces = vec![SpaceKey::new("hr")]), "Two");
    assert_eq!(
        narrowed(|query| query.spaces = ["hr", "eng"].map(SpaceKey::new).to_vec()),
        "Four One Three Two"
    );
    assert_eq!(narrowed(|query| query.labels = vec!["howto".to_owned()]), "One");
    assert_eq!(
        narrowed(|query| query.kinds = vec!["blogpost".to_owned()]),
        "Three"
    );
    assert_eq!(narrowed(|query| query.since = Some(at(19))), "Four");
    assert_eq!(narrowed(|query| query.until = Some(at(19))), "One Three Two");
    assert_eq!(
        narrowed(|query| query.authors = vec!["account:alice".to_owned()]),
        "Four One Three Two"
    );
    assert_eq!(narrowed(|query| query.authors = vec!["bob".to_owned()]), "");
    assert_eq!(
        narrowed(|query| query.site = "other.atlassian.net".parse().ok()),
        ""
    );
    assert_eq!(narrowed(|query| query.limit = 0), "");

    // Pages of hits follow each other without gap or overlap.
    let all = found(&mirror, "common");
    let by_one: Vec<String> = (0..5)
        .flat_map(|offset| {
            let mut query = SearchQuery::new("common");
            (query.limit, query.offset) = (1, offset);
            titles(&mirror, &query)
        })
        .collect();
    assert_eq!(by_one, all);
}

#[tokio::test]
async fn what_changed_without_its_text_is_narrowed_by_what_it_is_now() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "One", "common")]).await;
    let changed = page("10", "One", "common").version(2).with(|content| {
        content.space = SpaceId::new("2");
        content.kind = ContentKind::BlogPost;
        content.author = Some(AccountId::new("712020:0a-bob"));
        content.version.author = None;
        content.version.created_at = "2031-05-06T07:08:09Z".parse().unwrap();
    });
    mirror.apply(vec![changed]).await;
    mirror.check_index();
    for filter in [
        "space:HR",
        "type:blogpost",
        "author:712020:0a-bob",
        "since:2031-05-01",
        "since:2029-01-01 until:2032-01-01",
        "space:ENG space:HR site:acme.atlassian.net",
        "-space:ENG -type:page",
    ] {
        assert_eq!(found(&mirror, &format!("common {filter}")), ["One"], "{filter}");
    }
    for filter in [
        "space:ENG",
        "type:page",
        "author:account:alice",
        "until:2031-05-01",
        "since:2031-05-07",
        "space:NONE",
        "label:none",
        "-type:blogpost",
    ] {
        assert!(found(&mirror, &format!("common {filter}")).is_empty(), "{filter}");
    }
}

#[tokio::test]
async fn tombstones_among_the_best_do_not_hide_the_living() {
    let mirror = Mirror::new().await;
    let pages = (0..300)
        .map(|id| page(&id.to_string(), "common common", "common"))
        .collect();
    mirror.apply(pages).await;
    mirror
        .apply(vec![page("900", "Alive", "common and many other words")])
        .await;
    let gone = (0..300).map(|id| ContentId::new(id.to_string())).collect();
    mirror.store.bury(&cloud(), gone, "trashed", at(9)).await.unwrap();
    assert_eq!(found(&mirror, "common"), ["Alive"]);
}

/// A page with a label, a comment and an attachment, and another with a comment that is gone.
async fn annotated() -> Mirror {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![
            page("10", "One", "plain words"),
            page("11", "Two", "other words"),
        ])
        .await;
    mirror
        .sql()
        .execute_batch(
            "INSERT INTO labels (content, name) SELECT id, 'how-to' FROM contents WHERE content_id = '10';
             INSERT INTO comments (site, comment_id, page_id, kind, status, version, created_at, modified_at, markdown,
                 plain, gone_at, first_seen, last_seen)
             VALUES (1, '7', '10', 'footer', 'current', 1, '', '', '', 'Ask the *miller* first', NULL, '', ''),
                 (1, '8', '11', 'footer', 'current', 1, '', '', '', 'The miller is away', 'now', '', '');
             INSERT INTO attachments (site, attachment_id, page_id, title, media_type, file_size, version, status,
                 created_at, first_seen, last_seen)
             VALUES (1, 'att9', '10', 'grain_prices-2026.xlsx', '', 1, 1, 'current', '', '', '');",
        )
        .unwrap();
    let reader = mirror.store.reader();
    let flaws = reader.check(Depth::Quick).unwrap();
    assert_eq!(flaws.len(), 1, "what is not indexed is noticed");
    mirror.store.repair(flaws, at(9)).await.unwrap();
    assert!(reader.check(Depth::Quick).unwrap().is_empty());
    mirror.check_index();
    mirror
}

#[tokio::test]
async fn labels_comments_and_attachments_are_found_and_shown() {
    let mirror = annotated().await;
    for (typed, found_in, snippet) in [
        ("miller", FoundIn::Comment, "Ask the *miller* first"),
        ("grain_prices", FoundIn::Attachment, "grain_prices-2026.xlsx"),
        ("how-to", FoundIn::Label, "how-to"),
        ("plain", FoundIn::Body, "plain words"),
        ("words label:how-to", FoundIn::Body, "plain words"),
    ] {
        let hits = mirror.store.reader().search(&SearchQuery::new(typed)).unwrap();
        let [hit] = hits.as_slice() else {
            panic!("{typed}: {hits:?}")
        };
        assert_eq!(
            (hit.found_in, hit.snippet.as_str()),
            (found_in, snippet),
            "{typed}"
        );
        assert!(!hit.highlights.is_empty(), "{typed}");
    }
    assert!(found(&mirror, "miller away").is_empty(), "that comment is gone");
}

#[tokio::test]
async fn filters_in_the_text_do_what_options_do() {
    let mirror = Mirror::new().await;
    let blog = page("11", "Two", "common").with(|content| content.kind = ContentKind::BlogPost);
    let old = page("12", "Three", "common").with(|content| content.status = ContentStatus::Archived);
    mirror
        .apply(vec![page("10", "One plan", "common").version(20), blog, old])
        .await;
    let alice = User {
        id: AccountId::new("account:alice"),
        display_name: "Alice Moréau".to_owned(),
        kind: "atlassian".to_owned(),
    };
    mirror
        .store
        .apply_users(&cloud(), vec![alice], at(1))
        .await
        .unwrap();
    for (typed, expected) in [
        ("common type:blog", "Two"),
        ("type:blogpost", "Two"),
        ("common -type:blogpost", "One plan Three"),
        ("common type:page type:blog", "One plan Three Two"),
        ("common is:archived", "Three"),
        ("common is:gone", ""),
        ("common title:plan", "One plan"),
        ("common -title:plan", "Three Two"),
        ("common since:2026-03-01T09:15:00Z", "One plan"),
        ("common until:2026-03-01T09:15:00Z", "Three Two"),
        ("common author:\"alice moreau\"", "One plan Three Two"),
        ("common author:bob", ""),
        ("common space:eng site:acme.atlassian.net", "One plan Three Two"),
        ("common space:hr", ""),
        ("common -space:eng", ""),
        ("common since:1d", "One plan Three Two"),
    ] {
        let query = SearchQuery {
            now: Some(at(60)),
            ..SearchQuery::new(typed)
        };
        let mut titles = titles(&mirror, &query);
        titles.sort();
        assert_eq!(titles.join(" "), expected, "{typed}");
    }
}

#[tokio::test]
async fn where_nothing_is_found_what_is_near_is_suggested() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![
            page("10", "Deploy checklist", "words"),
            page("11", "Lunch", "words"),
        ])
        .await;
    let near = mirror
        .store
        .reader()
        .suggestions(&SearchQuery::new("deploy chekclist quickly"))
        .unwrap();
    assert_eq!(near.did_you_mean.as_deref(), Some("deploy checklist quickly"));
    assert_eq!(near.titles[0].title, "Deploy checklist");
    let far = mirror
        .store
        .reader()
        .suggestions(&SearchQuery::new("zzzzz"))
        .unwrap();
    assert_eq!(far, Suggestions::default());
}

/// More matches than are ranked, of words frequent and not.
#[tokio::test]
async fn leafing_through_many_hits_meets_each_once() {
    let mirror = Mirror::new().await;
    let pages = (0..900).map(|id| {
        let title = if id % 100 == 7 { "Common ground" } else { "Page" };
        page(&id.to_string(), &format!("{title} {id}"), "common words")
    });
    mirror.apply(pages.collect()).await;
    let mut met = Vec::new();
    for offset in (0..1_000).step_by(70) {
        let query = SearchQuery {
            limit: 70,
            offset,
            ..SearchQuery::new("common")
        };
        met.extend(titles(&mirror, &query));
    }
    assert_eq!(met.len(), 900);
    assert!(
        met[..9].iter().all(|title| title.starts_with("Common ground")),
        "{:?}",
        &met[..9]
    );
    met.sort();
    met.dedup();
    assert_eq!(met.len(), 900);
}

#[tokio::test]
async fn a_hit_shows_where_it_is_and_why() {
    let mirror = Mirror::new().await;
    let below = page("11", "Duty rota", "Who is\non  duty this week?").with(|content| {
        content.parent = Some(Parent {
            id: ContentId::new("10"),
            kind: "page".to_owned(),
        });
    });
    mirror.apply(vec![page("10", "Handbook", "top"), below]).await;
    let hits = mirror.store.reader().search(&SearchQuery::new("duty")).unwrap();
    let [hit] = hits.as_slice() else {
        panic!("{hits:?}")
    };
    assert_eq!(hit.snippet, "Who is on duty this week?");
    let marked: Vec<&str> = hit
        .highlights
        .iter()
        .map(|range| &hit.snippet[range.clone()])
        .collect();
    assert_eq!(marked, ["duty"]);
    assert_eq!(&hit.title[hit.title_highlights[0].clone()], "Duty");
    assert_eq!(hit.path, ["Handbook"]);
    assert_eq!(hit.space_key, Some(SpaceKey::new("ENG")));
    assert_eq!(hit.url, "https://acme.atlassian.net/wiki/spaces/ENG/pages/11");
}

#[test]
fn nothing_that_can_be_typed_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mirror = runtime.block_on(async {
        let mirror = Mirror::new().await;
        mirror
            .apply(vec![page(
                "10",
                "Straße getUserName",
                "東京都 a_b.c déjà \u{1f600} words ".repeat(9).as_str(),
            )])
            .await;
        mirror
    });
    let reader = mirror.store.reader();
    let piece = prop_oneof![
        any::<String>(),
        "[a-zß東京]{1,3}\\*?",
        Just("\"".to_owned()),
        Just(" OR ".to_owned()),
        Just(" -".to_owned()),
        Just("NEAR(a b)".to_owned()),
        Just("title:^x AND NOT (".to_owned()),
        Just(" words déjà user ".to_owned()),
    ];
    proptest!(|(pieces in prop::collection::vec(piece, 0..6))| {
        let typed = pieces.concat();
        for hit in reader.search(&SearchQuery::new(&typed)).unwrap() {
            for range in hit.highlights {
                prop_assert!(hit.snippet.get(range).is_some_and(|marked| !marked.is_empty()));
            }
        }
    });
}
