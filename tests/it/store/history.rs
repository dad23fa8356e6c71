//! What is kept of a page when it changes.

use millpond::model::{AccountId, Body, ContentId, EarlierVersion, Version};
use millpond::store::{ContentWrite, Lookup, PageView, VersionView};

use super::support::{Edit, Mirror, at, cloud, page};

fn found(mirror: &Mirror) -> PageView {
    match mirror.store.reader().page(&"10".parse().unwrap()).unwrap() {
        Lookup::Found(page) => *page,
        other => panic!("{other:?}"),
    }
}

/// The versions as number, title and body, the newest first.
fn history(mirror: &Mirror) -> Vec<String> {
    let (reader, page) = (mirror.store.reader(), found(mirror));
    let line = |view: &VersionView| format!("{} {} {:?}", view.version, view.title, view.size);
    reader.versions(&page).unwrap().iter().map(line).collect()
}

fn body(mirror: &Mirror, version: u32) -> Option<String> {
    let body = mirror.store.reader().body_of_version(&found(mirror), version);
    body.unwrap().map(|body| body.as_str().to_owned())
}

fn without_body(write: ContentWrite) -> ContentWrite {
    write.with(|content| content.body = None)
}

#[tokio::test]
async fn a_new_title_alone_keeps_the_former_version() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Before", "text")]).await;
    let renamed = page("10", "After", "text").version(2).with(|content| {
        "a better name".clone_into(&mut content.version.message);
        content.version.is_minor = true;
    });
    mirror.apply(vec![renamed]).await;
    assert_eq!(history(&mirror), ["2 After Some(11)", "1 Before Some(11)"]);
    let newest = mirror.store.reader().versions(&found(&mirror)).unwrap().remove(0);
    assert_eq!(
        (newest.message.as_str(), newest.is_minor, newest.saved_at),
        ("a better name", true, at(1))
    );
    assert_eq!(newest.author.as_deref(), Some("account:alice"));
}

#[tokio::test]
async fn versions_that_were_never_seen_leave_a_gap() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Page", "one")]).await;
    mirror.apply(vec![page("10", "Page", "five").version(5)]).await;
    mirror.apply(vec![page("10", "Page", "nine").version(9)]).await;
    assert_eq!(
        history(&mirror),
        ["9 Page Some(11)", "5 Page Some(11)", "1 Page Some(10)"]
    );
    assert_eq!(body(&mirror, 5).as_deref(), Some("<p>five</p>"));
    assert_eq!(body(&mirror, 4), None);
}

#[tokio::test]
async fn a_version_seen_without_its_body_takes_no_other_versions_body() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Page", "one")]).await;
    mirror
        .apply(vec![without_body(page("10", "Page", "two").version(2))])
        .await;
    assert_eq!(history(&mirror), ["2 Page None", "1 Page Some(10)"]);
    mirror.apply(vec![page("10", "Page", "three").version(3)]).await;
    assert_eq!(
        history(&mirror),
        ["3 Page Some(12)", "2 Page None", "1 Page Some(10)"]
    );

    mirror
        .apply(vec![without_body(page("10", "Page", "four").version(4))])
        .await;
    mirror.apply(vec![page("10", "Page", "four").version(4)]).await;
    mirror.apply(vec![page("10", "Page", "five").version(5)]).await;
    assert_eq!(
        body(&mirror, 4).as_deref(),
        Some("<p>four</p>"),
        "a body that came later is kept as well"
    );
    assert_eq!(body(&mirror, 3).as_deref(), Some("<p>three</p>"));
}

#[tokio::test]
async fn an_answer_that_comes_twice_adds_no_version() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Page", "one")]).await;
    mirror.apply(vec![page("10", "Page", "two").version(2)]).await;
    let before = mirror.dump();
    mirror.apply(vec![page("10", "Page", "two").version(2)]).await;
    mirror.apply(vec![page("10", "Page", "one")]).await;
    assert_eq!(mirror.dump(), before, "nor does one that was overtaken");
}

#[tokio::test]
async fn a_site_that_is_set_back_loses_none_of_what_was_seen() {
    let mirror = Mirror::new().await;
    let later = |number: u32, text: &str, minute: u32| {
        page("10", "Page", text)
            .version(number)
            .with(|content| content.version.created_at = at(minute))
    };
    for (number, text, minute) in [
        (1, "one", 1),
        (2, "two", 2),
        (3, "three", 3),
        (2, "TWO", 8),
        (3, "THREE", 9),
        (4, "four", 10),
    ] {
        mirror.apply(vec![later(number, text, minute)]).await;
    }
    let numbers: Vec<String> = history(&mirror).iter().map(|line| line[..1].to_owned()).collect();
    assert_eq!(numbers, ["4", "3", "2", "3", "2", "1"]);
    assert_eq!(
        body(&mirror, 3).as_deref(),
        Some("<p>THREE</p>"),
        "a number means the latest that had it"
    );
}

fn earlier(number: u32, text: Option<&str>) -> EarlierVersion {
    EarlierVersion {
        version: Version {
            number,
            message: "from before".to_owned(),
            is_minor: false,
            author: Some(AccountId::new("account:bob")),
            created_at: at(number - 1),
        },
        title: "Old".to_owned(),
        body: text.map(|text| Body::Storage(text.to_owned())),
    }
}

#[tokio::test]
async fn versions_from_before_the_mirror_fill_the_gaps_and_harm_nothing() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![without_body(page("10", "Page", "").version(3))])
        .await;
    mirror.apply(vec![page("10", "Page", "four").version(4)]).await;
    let fetched = [
        earlier(4, Some("other")),
        earlier(3, Some("three")),
        earlier(2, None),
        earlier(1, Some("one")),
    ];
    let id = ContentId::new("10");
    let keep = async |versions: &[EarlierVersion], id: &ContentId| {
        mirror
            .store
            .keep_versions(&cloud(), id, versions.to_vec(), at(20))
            .await
            .unwrap()
    };
    assert_eq!(keep(&fetched, &id).await, 2);
    assert_eq!(
        history(&mirror),
        ["4 Page Some(11)", "3 Page Some(5)", "2 Old None", "1 Old Some(3)"]
    );
    assert_eq!(
        body(&mirror, 4).as_deref(),
        Some("<p>four</p>"),
        "the newest is left to the runs"
    );
    assert_eq!(keep(&fetched, &id).await, 0, "and a second time adds nothing");
    assert_eq!(
        keep(&fetched, &ContentId::new("99")).await,
        0,
        "of a page that is not here nothing is kept"
    );

    let damaged = mirror.sql();
    damaged
        .execute("UPDATE versions SET zstd = x'00' WHERE version = 1", [])
        .unwrap();
    keep(&[earlier(1, None)], &id).await;
    keep(&[earlier(1, Some("one"))], &id).await;
    assert_eq!(
        body(&mirror, 1).as_deref(),
        Some("one"),
        "a damaged body is replaced"
    );
}
