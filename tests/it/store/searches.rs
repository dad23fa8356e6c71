//! Full-text search.

use millpond::model::{ContentId, ContentKind, Parent, SpaceId, SpaceKey};
use millpond::store::SearchQuery;
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
            "INSERT INTO labels (content, name) SELECT id, 'howto' FROM contents WHERE title = 'One'",
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
    assert_eq!(
        narrowed(|query| query.include_gone = true),
        "Five Four One Three Two"
    );
    assert_eq!(narrowed(|query| query.space = Some(SpaceKey::new("hr"))), "Two");
    assert_eq!(narrowed(|query| query.label = Some("howto".to_owned())), "One");
    assert_eq!(
        narrowed(|query| query.kind = Some(ContentKind::BlogPost)),
        "Three"
    );
    assert_eq!(narrowed(|query| query.since = Some(at(19))), "Four");
    assert_eq!(narrowed(|query| query.until = Some(at(19))), "One Three Two");
    assert_eq!(
        narrowed(|query| query.author = Some("account:alice".to_owned())),
        "Four One Three Two"
    );
    assert_eq!(narrowed(|query| query.author = Some("bob".to_owned())), "");
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
