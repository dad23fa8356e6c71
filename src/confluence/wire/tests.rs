use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Listing, annex, carrier, content, property, readers, space, user};
use crate::model::{
    AccountId, Annex, AnnexDetail, AnnexKind, AttachmentDetail, Body, CommentDetail, Content, ContentId,
    ContentKind, ContentStatus, Parent, Rejected, SpaceId, Version,
};

fn raw(item: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(item).unwrap()
}

fn page(item: &Value) -> Result<Content, Rejected> {
    content(ContentKind::Page, &raw(item))
}

/// A page as the documentation shows it, with what the mirror does not read.
fn sample() -> Value {
    json!({
        "id": "65930", "status": "current", "title": "Overview", "spaceId": "65831",
        "parentId": "294926", "parentType": "folder", "position": 221,
        "authorId": "608a", "ownerId": "608a", "lastOwnerId": null, "subtype": null,
        "createdAt": "2025-08-28T13:04:01.434Z", "sourceTemplateEntityId": "7",
        "version": { "number": 3, "message": "typo", "minorEdit": true, "authorId": "712020:b",
                     "createdAt": "2025-09-02T09:11:40.012Z" },
        "body": { "storage": { "representation": "storage", "value": "<p>Hello</p>" } },
        "_links": { "webui": "/spaces/SD/pages/65930/Overview", "editui": "/x", "tinyui": "/x/igEB" }
    })
}

/// The sample with the value at `pointer` replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut item = sample();
    *item.pointer_mut(pointer).unwrap() = value;
    item
}

/// The sample without `field`.
fn without(field: &str) -> Value {
    let mut item = sample();
    item.as_object_mut().unwrap().remove(field).unwrap();
    item
}

#[test]
fn a_page_is_understood_in_full() {
    let expected = Content {
        id: ContentId::new("65930"),
        kind: ContentKind::Page,
        space: SpaceId::new("65831"),
        parent: Some(Parent {
            id: ContentId::new("294926"),
            kind: "folder".to_owned(),
        }),
        position: Some(221),
        title: "Overview".to_owned(),
        status: ContentStatus::Current,
        author: Some(AccountId::new("608a")),
        created_at: "2025-08-28T13:04:01.434Z".parse().unwrap(),
        version: Version {
            number: 3,
            message: "typo".to_owned(),
            is_minor: true,
            author: Some(AccountId::new("712020:b")),
            created_at: "2025-09-02T09:11:40.012Z".parse().unwrap(),
        },
        webui: "/spaces/SD/pages/65930/Overview".to_owned(),
        embed_url: None,
        body: Some(Body::Storage("<p>Hello</p>".to_owned())),
    };
    assert_eq!(page(&sample()), Ok(expected));
}

#[test]
fn whatever_the_mirror_can_do_without_may_be_missing_or_null() {
    for field in [
        "title",
        "parentId",
        "parentType",
        "position",
        "authorId",
        "body",
        "_links",
    ] {
        let absent = page(&without(field)).unwrap();
        let null = page(&with(&format!("/{field}"), Value::Null)).unwrap();
        assert_eq!(absent, null, "{field}");
    }
    let bare = json!({ "id": "1", "status": "current", "spaceId": "2", "createdAt": "2025-08-28T13:04:01Z",
                       "version": { "number": 1, "createdAt": "2025-08-28T13:04:01Z" } });
    let bare = page(&bare).unwrap();
    assert_eq!(
        (bare.title.as_str(), bare.parent, bare.position, bare.author),
        ("", None, None, None)
    );
}

#[test]
fn no_body_and_an_empty_body_are_the_same() {
    for body in [
        json!(null),
        json!({}),
        json!({ "storage": null }),
        json!({ "storage": {} }),
        json!({ "storage": { "value": null } }),
    ] {
        assert_eq!(page(&with("/body", body.clone())).unwrap().body, None, "{body}");
    }
    let empty = page(&with("/body/storage/value", json!(""))).unwrap().body;
    assert_eq!(
        empty,
        Some(Body::Storage(String::new())),
        "an empty page has a body"
    );
}

#[test]
fn a_body_may_be_a_document_of_the_editor() {
    let adf = json!({ "atlas_doc_format": { "representation": "atlas_doc_format", "value": "{\"type\":\"doc\"}" } });
    let body = page(&with("/body", adf)).unwrap().body;
    assert_eq!(body, Some(Body::Adf(r#"{"type":"doc"}"#.to_owned())));
}

#[test]
fn ids_may_be_numbers() {
    let mut item = with("/id", json!(65930));
    item["spaceId"] = json!(65831);
    item["parentId"] = json!(294_926);
    assert_eq!(page(&item), page(&sample()));
}

#[test]
fn unknown_words_are_kept() {
    let mut item = with("/status", json!("hibernating"));
    item["parentType"] = json!("hologram");
    let page = page(&item).unwrap();
    assert_eq!(page.status, ContentStatus::Other("hibernating".to_owned()));
    assert_eq!(page.parent.unwrap().kind, "hologram");
}

#[test]
fn a_rejection_names_the_field_and_never_its_value() {
    for (item, reason) in [
        (
            with("/createdAt", json!("secret")),
            "`createdAt` is not an instant",
        ),
        (
            with("/version/createdAt", json!("2025-13-41")),
            "`version.createdAt` is not an instant",
        ),
        (without("spaceId"), "`spaceId` is missing"),
        (without("version"), "`version` is missing"),
        (
            with("/version/number", Value::Null),
            "`version.number` is missing",
        ),
        (without("status"), "`status` is missing"),
    ] {
        let rejected = page(&item).unwrap_err();
        assert_eq!(rejected.id, Some(ContentId::new("65930")));
        assert_eq!(rejected.reason, reason);
    }
    for item in [
        with("/title", json!({ "secret": 1 })),
        with("/version/number", json!("secret")),
    ] {
        let rejected = page(&item).unwrap_err();
        assert_eq!(rejected.id, Some(ContentId::new("65930")));
        assert!(
            rejected
                .reason
                .starts_with("an unexpected value at line 1, column "),
            "{rejected:?}"
        );
        assert!(!rejected.reason.contains("secret"));
    }
}

#[test]
fn an_item_without_a_readable_id_is_rejected_without_one() {
    for item in [
        without("id"),
        with("/id", json!("")),
        with("/id", json!([1])),
        json!("a page"),
        json!(null),
    ] {
        assert_eq!(page(&item).unwrap_err().id, None, "{item}");
    }
}

#[test]
fn a_space_is_understood() {
    let item = json!({ "id": "65937", "key": "SD", "name": "Software", "type": "xflow_sample_space",
                       "status": "current", "homepageId": "66087", "icon": null, "_links": {} });
    let space = space(&raw(&item)).unwrap();
    assert_eq!(
        (space.id.as_str(), space.key.as_str(), space.name.as_str()),
        ("65937", "SD", "Software")
    );
    assert_eq!(
        (space.kind.as_str(), space.status.as_str()),
        ("xflow_sample_space", "current")
    );
    assert_eq!(space.homepage, Some(ContentId::new("66087")));
}

#[test]
fn a_user_has_the_best_name_there_is() {
    for (item, expected) in [
        (
            json!({ "accountId": "a", "displayName": "Alice", "publicName": "al" }),
            Some("Alice"),
        ),
        (
            json!({ "accountId": "a", "displayName": null, "publicName": "al" }),
            Some("al"),
        ),
        (
            json!({ "accountId": "a", "displayName": "", "publicName": "al" }),
            Some("al"),
        ),
        (json!({ "accountId": "a" }), Some("")),
        (json!({ "displayName": "Alice" }), None),
    ] {
        let name = user(&raw(&item)).ok().map(|user| user.display_name);
        assert_eq!(name.as_deref(), expected, "{item}");
    }
}

#[test]
fn a_listing_without_links_is_the_last_page() {
    for (body, next) in [
        (r#"{"results":[]}"#, None),
        (r#"{"results":[],"_links":null}"#, None),
        (r#"{"results":[],"_links":{"base":"https://x"}}"#, None),
        (r#"{"results":[],"_links":{"next":null}}"#, None),
        (
            r#"{"results":[],"_links":{"next":"/n?cursor=c"}}"#,
            Some("/n?cursor=c"),
        ),
    ] {
        assert_eq!(Listing::parse(body.as_bytes()).unwrap().next(), next, "{body}");
    }
}

#[test]
fn what_is_no_listing_is_refused_without_quoting_it() {
    for (body, expected) in [
        ("<html>secret</html>", "not JSON at line 1, column 1"),
        (r#"{"results":[{"id":"#, "it ends early, at line 1, column 18"),
        (
            r#"{"results":"secret"}"#,
            "an unexpected value at line 1, column 19",
        ),
        (r"{}", "an unexpected value at line 1, column 2"),
        ("", "it ends early, at line 1, column 0"),
    ] {
        assert_eq!(Listing::parse(body.as_bytes()).unwrap_err(), expected, "{body}");
    }
}

fn second_version() -> Version {
    Version {
        number: 2,
        message: String::new(),
        is_minor: false,
        author: Some(AccountId::new("712020:b")),
        created_at: "2025-09-02T09:11:40.012Z".parse().unwrap(),
    }
}

fn version_item() -> Value {
    json!({ "number": 2, "message": null, "authorId": "712020:b", "createdAt": "2025-09-02T09:11:40.012Z" })
}

#[test]
fn an_inline_comment_tells_its_page_its_words_and_whether_it_is_resolved() {
    let mut item = json!({
        "id": "98", "status": "current", "title": "Re: Overview", "pageId": "65930", "version": version_item(),
        "body": { "storage": { "value": "<p>Why?</p>" } }, "resolutionStatus": "reopened",
        "properties": { "inlineMarkerRef": "x", "inlineOriginalSelection": "a claim" }, "_links": {}
    });
    let expected = Annex {
        id: ContentId::new("98"),
        page: Some(ContentId::new("65930")),
        status: ContentStatus::Current,
        version: second_version(),
        detail: AnnexDetail::Comment(CommentDetail {
            is_inline: true,
            parent: None,
            resolution: Some("reopened".to_owned()),
            selection: Some("a claim".to_owned()),
            body: Some(Body::Storage("<p>Why?</p>".to_owned())),
        }),
    };
    assert_eq!(annex(AnnexKind::InlineComment, &raw(&item)), Ok(expected.clone()));
    item["properties"] = json!({ "inline-marker-ref": "x", "inline-original-selection": "a claim" });
    assert_eq!(annex(AnnexKind::InlineComment, &raw(&item)), Ok(expected));
}

#[test]
fn an_answer_may_name_nothing_but_the_comment_it_answers() {
    let item = json!({
        "id": 99, "status": "current", "parentCommentId": "98", "version": version_item(), "body": {},
        "properties": null
    });
    let answer = annex(AnnexKind::FooterComment, &raw(&item)).unwrap();
    assert_eq!(
        (answer.id.as_str(), answer.page.as_ref(), answer.parent()),
        ("99", None, Some(&ContentId::new("98")))
    );
    let AnnexDetail::Comment(comment) = answer.detail else {
        panic!("not a comment");
    };
    assert_eq!((comment.body, comment.resolution), (None, None));
}

#[test]
fn an_attachment_is_known_by_its_id_and_not_by_that_of_its_file() {
    let mut item = json!({
        "id": "att66076", "status": "archived", "title": "a/b ü.png", "createdAt": "2025-08-28T13:04:01.434Z",
        "blogPostId": "7", "mediaType": "image/png", "mediaTypeDescription": null, "comment": "",
        "fileId": "0b2c", "fileSize": 5_000_000_000_u64, "webuiLink": "/x", "downloadLink": "/download/x",
        "version": version_item()
    });
    let expected = Annex {
        id: ContentId::new("att66076"),
        page: Some(ContentId::new("7")),
        status: ContentStatus::Archived,
        version: second_version(),
        detail: AnnexDetail::Attachment(AttachmentDetail {
            title: "a/b ü.png".to_owned(),
            media_type: "image/png".to_owned(),
            file_size: 5_000_000_000,
            file_id: Some("0b2c".to_owned()),
            created_at: "2025-08-28T13:04:01.434Z".parse().unwrap(),
        }),
    };
    assert_eq!(annex(AnnexKind::Attachment, &raw(&item)), Ok(expected));

    item["fileSize"] = json!("large");
    let rejected = annex(AnnexKind::Attachment, &raw(&item)).unwrap_err();
    assert_eq!(rejected.id, Some(ContentId::new("att66076")));
}

#[test]
fn a_folder_tells_its_age_in_milliseconds_and_may_have_no_version() {
    let mut item = without("version");
    item["createdAt"] = json!(1_756_386_241_434_i64);
    item["type"] = json!("folder");
    let folder = content(ContentKind::Folder, &raw(&item)).unwrap();
    assert_eq!(folder.kind, ContentKind::Folder);
    assert_eq!(folder.created_at.to_string(), "2025-08-28T13:04:01.434Z");
    assert_eq!(folder.version.number, 1);
    assert_eq!(folder.version.created_at, folder.created_at);
    item["createdAt"] = json!(i64::MAX);
    let odd = content(ContentKind::Folder, &raw(&item)).unwrap_err();
    assert_eq!(odd.reason, "`createdAt` is not an instant");
    assert!(page(&without("version")).is_err(), "a page has a version");
}

#[test]
fn a_property_may_hold_any_json_and_is_kept_as_it_was_written() {
    for (item, value) in [
        (
            r#"{"id":"1","key":"k","value":{"b": [1, 2.50],"a":null},"version":{"number":3}}"#,
            r#"{"b": [1, 2.50],"a":null}"#,
        ),
        (
            r#"{"id":"1","key":"k","value":"text","version":null}"#,
            r#""text""#,
        ),
        (r#"{"id":"1","key":"k"}"#, "null"),
    ] {
        let found = property(&RawValue::from_string(item.to_owned()).unwrap()).unwrap();
        assert_eq!((found.key.as_str(), found.value.as_str()), ("k", value));
    }
    assert!(property(&raw(&json!({ "id": "1", "value": 1 }))).is_err());
}

#[test]
fn what_carries_a_label_is_known_by_its_id_and_may_be_odd_otherwise() {
    let at = "2026-03-01T10:00:00Z";
    for (item, dated) in [
        (
            json!({ "id": "1", "version": { "number": 1, "createdAt": at } }),
            Some(at),
        ),
        (json!({ "id": 1, "version": { "createdAt": "yesterday" } }), None),
        (
            json!({ "id": "1", "version": { "createdAt": 7 }, "title": 3 }),
            None,
        ),
        (json!({ "id": "1", "version": null }), None),
        (json!({ "id": "1" }), None),
    ] {
        let found = carrier(&raw(&item)).unwrap();
        assert_eq!(found.id.as_str(), "1", "{item}");
        assert_eq!(found.modified_at, dated.map(|at| at.parse().unwrap()), "{item}");
    }
    assert!(carrier(&raw(&json!({ "version": { "createdAt": at } }))).is_err());
}

#[test]
fn readers_are_accounts_and_groups_and_one_without_an_id_spoils_the_answer() {
    let users = json!({ "results": [{ "type": "known", "accountId": "712020:a", "displayName": "Alice" }] });
    let groups =
        json!({ "results": [{ "type": "group", "name": "payroll", "id": "g-1" }, { "name": "old" }] });
    let item = json!({ "operation": "read", "restrictions": { "user": users, "group": groups } });
    let found = readers(&raw(&item)).unwrap();
    let told: Vec<_> = found
        .0
        .iter()
        .map(|reader| (reader.is_group, reader.id.as_str()))
        .collect();
    assert_eq!(told, [(false, "712020:a"), (true, "g-1"), (true, "old")]);
    assert_eq!(found.most_of_a_kind(), 2);
    let none = json!({ "operation": "read", "restrictions": { "user": null } });
    assert_eq!(readers(&raw(&none)).unwrap().most_of_a_kind(), 0);
    let nameless = json!({ "restrictions": { "user": { "results": [{ "type": "known" }] } } });
    assert!(readers(&raw(&nameless)).is_err());
    assert!(
        readers(&raw(&json!({ "operation": "read" }))).is_err(),
        "nothing is not nobody"
    );
}
