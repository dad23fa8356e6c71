//! What the search of version 1 says of spaces and content.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Id, Links, RawBody, decode, instant, lenient, required};
use crate::model::{
    AccountId, Content, ContentId, ContentKind, ContentStatus, Parent, Rejected, Space, SpaceId, SpaceKey,
    Version,
};

/// A hit among spaces.
pub(in crate::confluence) fn space(item: &RawValue) -> Result<Space, Rejected> {
    decode(item, |hit: SpaceHit| {
        let raw = required(hit.space, "space")?;
        Ok(Space {
            id: SpaceId::new(required(raw.id, "space.id")?.0),
            key: SpaceKey::new(required(raw.key, "space.key")?),
            name: raw.name.unwrap_or_default(),
            kind: raw.kind.unwrap_or_default(),
            status: raw.status.unwrap_or_else(|| "current".to_owned()),
            homepage: None,
        })
    })
}

/// A hit among content.
pub(in crate::confluence) fn content(kind: ContentKind, item: &RawValue) -> Result<Content, Rejected> {
    decode(item, |raw: Hit| {
        let space = required(raw.space, "space")?;
        Ok(Content {
            id: ContentId::new(required(raw.id, "id")?.0),
            kind,
            space: SpaceId::new(required(space.id, "space.id")?.0),
            parent: raw
                .ancestors
                .into_iter()
                .next_back()
                .and_then(Ancestor::into_model),
            position: raw
                .extensions
                .position
                .as_ref()
                .and_then(serde_json::Value::as_i64),
            title: raw.title.unwrap_or_default(),
            status: ContentStatus::from_word(&required(raw.status, "status")?),
            author: raw.history.created_by.and_then(Person::into_model),
            created_at: instant(raw.history.created_date, "history.createdDate")?,
            version: version(required(raw.version, "version")?)?,
            webui: raw.links.webui.unwrap_or_default(),
            // A search does not tell.
            embed_url: None,
            body: raw.body.and_then(RawBody::into_model),
        })
    })
}

/// A hit among stubs, which tells what it is. What may be in the tree beside them is not known.
pub(in crate::confluence) fn stub(item: &RawValue) -> Result<Content, Rejected> {
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    let kind = decode(item, |typed: Typed| {
        let word = required(typed.kind, "type")?;
        let kind = ContentKind::from_word(&word).filter(|kind| kind.is_stub());
        kind.ok_or_else(|| "`type` is none that was asked for".to_owned())
    })?;
    content(kind, item)
}

fn version(raw: HitVersion) -> Result<Version, String> {
    Ok(Version {
        number: required(raw.number, "version.number")?,
        message: raw.message.unwrap_or_default(),
        is_minor: raw.minor_edit.unwrap_or_default(),
        author: raw.by.and_then(Person::into_model),
        created_at: instant(raw.when, "version.when")?,
    })
}

#[derive(Deserialize)]
struct SpaceHit {
    space: Option<HitSpace>,
}

#[derive(Deserialize)]
struct HitSpace {
    id: Option<Id>,
    key: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Hit {
    id: Option<Id>,
    status: Option<String>,
    title: Option<String>,
    space: Option<HitSpace>,
    #[serde(default, deserialize_with = "lenient")]
    history: History,
    version: Option<HitVersion>,
    #[serde(default, deserialize_with = "lenient")]
    ancestors: Vec<Ancestor>,
    #[serde(default, deserialize_with = "lenient")]
    extensions: Extensions,
    body: Option<RawBody>,
    #[serde(rename = "_links", default, deserialize_with = "lenient")]
    links: Links,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct History {
    created_by: Option<Person>,
    created_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HitVersion {
    number: Option<u32>,
    message: Option<String>,
    minor_edit: Option<bool>,
    by: Option<Person>,
    when: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    account_id: Option<String>,
}

impl Person {
    fn into_model(self) -> Option<AccountId> {
        self.account_id.filter(|id| !id.is_empty()).map(AccountId::new)
    }
}

#[derive(Deserialize)]
struct Ancestor {
    id: Option<Id>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Ancestor {
    fn into_model(self) -> Option<Parent> {
        Some(Parent {
            id: ContentId::new(self.id?.0),
            kind: self.kind.unwrap_or_default(),
        })
    }
}

/// The position is a number, or the word `none`.
#[derive(Default, Deserialize)]
struct Extensions {
    position: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::content;
    use crate::model::ContentKind;

    #[test]
    fn a_recorded_hit_is_understood() {
        let hit = r#"{ "id": "65931", "type": "page", "status": "current", "title": "Getting started",
            "space": { "id": 65837, "key": "SD", "name": "Software", "type": "global", "status": "current" },
            "history": { "latest": true, "createdDate": "2025-08-28T13:00:00.000Z",
                "createdBy": { "type": "known", "accountId": "712020:a", "displayName": "Alice" } },
            "version": { "by": { "type": "known", "accountId": "712020:b" }, "when": "2025-08-28T13:37:19.052Z",
                "friendlyWhen": "Aug 28, 2025", "message": "", "number": 2, "minorEdit": false },
            "ancestors": [ { "id": "1", "type": "page" }, { "id": "65930", "type": "page", "title": "Overview" } ],
            "extensions": { "position": "none" },
            "body": { "storage": { "value": "<p>Hello</p>", "representation": "storage" } },
            "_links": { "webui": "/spaces/SD/pages/65931/Getting+started" } }"#;
        let hit = content(ContentKind::Page, &RawValue::from_string(hit.to_owned()).unwrap()).unwrap();
        assert_eq!(
            (hit.id.as_str(), hit.space.as_str(), hit.version.number),
            ("65931", "65837", 2)
        );
        assert_eq!(hit.parent.unwrap().id.as_str(), "65930");
        assert_eq!((hit.position, hit.author.unwrap().as_str()), (None, "712020:a"));
        assert_eq!(hit.version.created_at.to_string(), "2025-08-28T13:37:19.052Z");
        assert_eq!(hit.body.unwrap().as_str(), "<p>Hello</p>");

        let bare = r#"{ "id": "65931", "status": "current" }"#;
        let rejected = content(
            ContentKind::Page,
            &RawValue::from_string(bare.to_owned()).unwrap(),
        )
        .unwrap_err();
        assert_eq!(rejected.id.unwrap().as_str(), "65931");
    }
}
