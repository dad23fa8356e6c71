use super::{AnnexQuery, Brings, ContentQuery, Endpoint, Order};
use crate::confluence::ErrorKind;
use crate::model::{AccountId, AnnexKind, ContentId, ContentKind, ContentStatus, Cursor, SpaceId};

fn query() -> ContentQuery {
    ContentQuery {
        kind: ContentKind::Page,
        spaces: Vec::new(),
        ids: Vec::new(),
        statuses: Vec::new(),
        order: Order::Id,
        bodies: false,
        limit: 250,
    }
}

fn sent(endpoint: &Endpoint) -> String {
    let parameters = endpoint.parameters();
    let pairs: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{}?{}", endpoint.path, pairs.join("&"))
}

#[test]
fn a_listing_asks_for_what_its_query_says() {
    let all = Endpoint::content(&query(), None);
    assert_eq!(sent(&all), "wiki/api/v2/pages?sort=id&limit=250");

    let some = ContentQuery {
        kind: ContentKind::BlogPost,
        spaces: vec![SpaceId::new("1"), SpaceId::new("2")],
        ids: vec![ContentId::new("7"), ContentId::new("8")],
        statuses: vec![ContentStatus::Current, ContentStatus::Trashed],
        order: Order::NewestFirst,
        bodies: true,
        limit: 50,
    };
    let some = Endpoint::content(&some, Some(&Cursor("a+b=".to_owned())));
    assert_eq!(
        sent(&some),
        "wiki/api/v2/blogposts?sort=-modified-date&space-id=1,2&id=7,8&status=current,trashed\
         &body-format=storage&limit=2&cursor=a+b=",
        "two ids are two items at most"
    );
}

#[test]
fn comments_are_asked_for_with_bodies_and_attachments_have_none() {
    let query = |kind, order| AnnexQuery {
        kind,
        order,
        bodies: true,
        limit: 250,
    };
    for (kind, order, expected) in [
        (
            AnnexKind::FooterComment,
            Order::NewestFirst,
            "wiki/api/v2/footer-comments?sort=-modified-date&body-format=storage&limit=250",
        ),
        (
            AnnexKind::InlineComment,
            Order::OldestFirst,
            "wiki/api/v2/inline-comments?sort=created-date&body-format=storage&limit=250",
        ),
        (
            AnnexKind::Attachment,
            Order::NewestFirst,
            "wiki/api/v2/attachments?sort=-modified-date&limit=250",
        ),
    ] {
        assert_eq!(sent(&Endpoint::annexes(&query(kind, order), None)), expected);
    }
    let one = Endpoint::annex(AnnexKind::Attachment, &ContentId::new("att7/../x"));
    assert_eq!(sent(&one), "wiki/api/v2/attachments/att7%2F%2E%2E%2Fx?");
    let one = Endpoint::annex(AnnexKind::FooterComment, &ContentId::new("7"));
    assert_eq!(sent(&one), "wiki/api/v2/footer-comments/7?body-format=storage");
}

#[test]
fn the_id_of_a_page_stays_one_part_of_the_path() {
    let versions = Endpoint::versions(ContentKind::Page, &ContentId::new("7/../8?x"), None);
    assert_eq!(
        sent(&versions),
        "wiki/api/v2/pages/7%2F%2E%2E%2F8%3Fx/versions?sort=-modified-date&body-format=storage&limit=50"
    );
}

#[test]
fn users_cost_two_points_each() {
    let users = Endpoint::users(&[AccountId::new("a"), AccountId::new("b")]);
    assert_eq!(users.most_points(), 5);
    assert!(users.parameters().is_empty());
    assert_eq!(users.body.unwrap().to_string(), r#"{"accountIds":["a","b"]}"#);
}

fn broken(status: u16) -> ErrorKind {
    ErrorKind::Status {
        status,
        message: None,
    }
}

#[test]
fn a_listing_is_halved_down_to_one_where_its_items_may_be_to_blame() {
    let too_large = || ErrorKind::TooLarge { limit: 1 };
    let odd = || ErrorKind::Decode {
        reason: String::new(),
    };
    for (brings, kind, expected) in [
        (Brings::Items, broken(500), &[125, 62, 31, 15, 7, 3, 1][..]),
        (Brings::Items, broken(503), &[125, 62, 31, 15, 7, 3, 1]),
        (Brings::Items, too_large(), &[125, 62, 31, 15, 7, 3, 1]),
        (Brings::Items, odd(), &[]),
        (Brings::Items, broken(501), &[]),
        (Brings::Items, broken(404), &[]),
        (Brings::Bodies, broken(502), &[125, 62, 31, 15, 7, 3, 1]),
        (Brings::Bodies, odd(), &[125, 62, 31, 15, 7, 3, 1]),
        (Brings::Named, broken(500), &[]),
        (Brings::One, broken(500), &[]),
        (Brings::Address, broken(500), &[]),
    ] {
        let mut endpoint = Endpoint {
            brings,
            ..Endpoint::content(&query(), None)
        };
        let mut limits = vec![];
        while endpoint.halve(&kind) {
            limits.push(endpoint.limit);
        }
        assert_eq!(limits, expected, "{brings:?} {kind}");
    }
}

#[test]
fn what_fails_for_a_single_item_is_blamed_on_that() {
    for (brings, limit, kind, expected) in [
        (
            Brings::Items,
            1,
            broken(500),
            "the site cannot deliver the next item",
        ),
        (
            Brings::Bodies,
            1,
            broken(500),
            "the site cannot deliver the body of the next item",
        ),
        (
            Brings::One,
            1,
            broken(504),
            "the site cannot deliver the next item",
        ),
        (
            Brings::Named,
            1,
            broken(500),
            "the site cannot deliver the next item",
        ),
        (
            Brings::Named,
            9,
            broken(500),
            "the site cannot deliver the next item",
        ),
        (Brings::Items, 2, broken(500), "the site answered 500"),
        (Brings::Items, 1, broken(404), "the site answered 404"),
        (Brings::Address, 1, broken(500), "the site answered 500"),
    ] {
        let endpoint = Endpoint {
            limit,
            brings,
            ..Endpoint::content(&query(), None)
        };
        assert_eq!(endpoint.failed(1, kind).kind.to_string(), expected, "{brings:?}");
    }
}
