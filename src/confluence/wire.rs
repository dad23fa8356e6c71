//! The API's JSON exactly as it is sent, and what it means. The only file that knows it.
//!
//! Items are decoded one by one out of the text of their listing, so that an odd one is rejected alone. Whatever the
//! mirror can do without may be missing, `null` or empty; unknown words of open lists are kept. A rejection names
//! the field, never its value: reasons end up in reports, and values are content.

mod details;
pub(super) mod found;
mod shape;

use reqwest::header::{HeaderMap, LOCATION};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{
    AccountId, Annex, AnnexDetail, AnnexKind, AttachmentDetail, CommentDetail, Content, ContentId,
    ContentKind, ContentStatus, EarlierVersion, Parent, Rejected, Space, SpaceId, SpaceKey, Timestamp, User,
    Version,
};

use shape::{
    Id, Moment, RawAnnex, RawBody, RawContent, RawEarlierVersion, RawPolicy, RawSpace, RawUser, RawVersion,
};

pub(super) use details::{carrier, label, property, readers};

/// One page of any listing.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    pub(super) results: Vec<Box<RawValue>>,
    #[serde(rename = "_links", default, deserialize_with = "lenient")]
    links: Links,
}

#[derive(Debug, Default, Deserialize)]
struct Links {
    next: Option<String>,
    webui: Option<String>,
}

impl Listing {
    /// Reads the body of an answer; the error says what is wrong with it, without its content.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| reason(&error))
    }

    /// Reads an answer that is no listing as a listing of that one thing.
    pub(super) fn of_one(body: &[u8]) -> Result<Self, String> {
        let item = serde_json::from_slice(body).map_err(|error| reason(&error))?;
        Ok(Self {
            results: vec![item],
            links: Links::default(),
        })
    }

    /// Reads a redirect as a listing of the place it leads to, which may be relative to nothing.
    pub(super) fn of_redirect(headers: &HeaderMap) -> Result<Self, String> {
        let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let location = serde_json::value::to_raw_value(&required(location, "Location")?);
        Ok(Self {
            results: vec![location.map_err(|error| reason(&error))?],
            links: Links::default(),
        })
    }

    /// The link to the next page.
    pub(super) fn next(&self) -> Option<&str> {
        self.links.next.as_deref().filter(|next| !next.is_empty())
    }
}

/// Whether the site knows the account that it says we are. Strangers are told that they are `anonymous`.
pub(super) fn is_known(item: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Myself {
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(rename = "accountId")]
        account_id: Option<String>,
    }
    serde_json::from_str(item.get()).is_ok_and(|myself: Myself| {
        myself.kind.as_deref() != Some("anonymous") && myself.account_id.is_some_and(|id| !id.is_empty())
    })
}

/// Decodes one item of a listing of spaces.
pub(super) fn space(item: &RawValue) -> Result<Space, Rejected> {
    decode(item, |raw: RawSpace| {
        Ok(Space {
            id: SpaceId::new(required(raw.id, "id")?.0),
            key: SpaceKey::new(required(raw.key, "key")?),
            name: raw.name.unwrap_or_default(),
            kind: raw.kind.unwrap_or_default(),
            status: required(raw.status, "status")?,
            homepage: raw.homepage_id.map(|Id(id)| ContentId::new(id)),
        })
    })
}

/// Decodes a page, blog post or stub.
pub(super) fn content(kind: ContentKind, item: &RawValue) -> Result<Content, Rejected> {
    decode(item, |raw: RawContent| {
        let (author, created_at) = (account(raw.author_id), moment(raw.created_at, "createdAt")?);
        let version = match raw.version {
            // What has no body may have no version either.
            None if kind.is_stub() => first_version(author.clone(), created_at),
            given => version(given)?,
        };
        Ok(Content {
            id: ContentId::new(required(raw.id, "id")?.0),
            kind,
            space: SpaceId::new(required(raw.space_id, "spaceId")?.0),
            parent: raw.parent_id.map(|Id(id)| Parent {
                id: ContentId::new(id),
                kind: raw.parent_type.unwrap_or_default(),
            }),
            position: raw.position.and_then(|position| position.as_i64()),
            title: raw.title.unwrap_or_default(),
            status: ContentStatus::from_word(&required(raw.status, "status")?),
            author,
            created_at,
            version,
            webui: raw.links.webui.unwrap_or_default(),
            embed_url: raw.embed_url,
            body: raw.body.and_then(RawBody::into_model),
        })
    })
}

/// What rules of the site keep apps from in a space.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) space: SpaceId,
    pub(super) is_blocked: bool,
}

/// Decodes one item of a listing of data policies.
pub(super) fn policy(item: &RawValue) -> Result<Policy, Rejected> {
    decode(item, |raw: RawPolicy| {
        Ok(Policy {
            space: SpaceId::new(required(raw.id, "id")?.0),
            is_blocked: raw.data_policy.any_content_blocked.unwrap_or_default(),
        })
    })
}

/// Decodes one item of a listing of comments or attachments.
pub(super) fn annex(kind: AnnexKind, item: &RawValue) -> Result<Annex, Rejected> {
    decode(item, |raw: RawAnnex| {
        let page = raw.page_id.or(raw.blog_post_id);
        let id = ContentId::new(required(raw.id, "id")?.0);
        let status = ContentStatus::from_word(&required(raw.status, "status")?);
        let detail = match kind {
            AnnexKind::Attachment => AnnexDetail::Attachment(AttachmentDetail {
                title: required(raw.title, "title")?,
                media_type: raw.media_type.unwrap_or_default(),
                file_size: required(raw.file_size, "fileSize")?,
                file_id: raw.file_id,
                created_at: instant(raw.created_at, "createdAt")?,
            }),
            AnnexKind::FooterComment | AnnexKind::InlineComment => AnnexDetail::Comment(CommentDetail {
                is_inline: kind == AnnexKind::InlineComment,
                parent: raw.parent_comment_id.map(|Id(id)| ContentId::new(id)),
                resolution: raw.resolution_status,
                selection: raw.properties.selection(),
                body: raw.body.and_then(RawBody::into_model),
            }),
        };
        Ok(Annex {
            id,
            page: page.map(|Id(id)| ContentId::new(id)),
            status,
            version: version(raw.version)?,
            detail,
        })
    })
}

/// Decodes one version out of the history of a page or blog post.
pub(super) fn earlier_version(kind: ContentKind, item: &RawValue) -> Result<EarlierVersion, Rejected> {
    decode(item, |raw: RawEarlierVersion| {
        let content = match kind {
            ContentKind::Page => raw.page,
            ContentKind::BlogPost => raw.blogpost,
            _ => None,
        };
        let content = required(content, kind.as_str())?;
        Ok(EarlierVersion {
            version: raw.version.into_model("")?,
            title: content.title.unwrap_or_default(),
            body: content.body.and_then(RawBody::into_model),
        })
    })
}

fn version(raw: Option<RawVersion>) -> Result<Version, String> {
    required(raw, "version")?.into_model("version.")
}

fn first_version(author: Option<AccountId>, created_at: Timestamp) -> Version {
    Version {
        number: 1,
        message: String::new(),
        is_minor: false,
        author,
        created_at,
    }
}

/// Decodes one user.
pub(super) fn user(item: &RawValue) -> Result<User, Rejected> {
    decode(item, |raw: RawUser| {
        let names = [raw.display_name, raw.public_name];
        Ok(User {
            id: AccountId::new(required(raw.account_id, "accountId")?),
            display_name: names
                .into_iter()
                .flatten()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
            kind: raw.account_type.unwrap_or_default(),
        })
    })
}

/// Decodes an item in two steps: its shape, then its meaning.
fn decode<'a, R: Deserialize<'a>, T>(
    item: &'a RawValue,
    meaning: impl FnOnce(R) -> Result<T, String>,
) -> Result<T, Rejected> {
    let shape: Result<R, _> = serde_json::from_str(item.get());
    shape
        .map_err(|error| reason(&error))
        .and_then(meaning)
        .map_err(|reason| Rejected {
            id: id_of(item, "id").map(ContentId::new),
            space: id_of(item, "spaceId").map(SpaceId::new),
            reason,
        })
}

/// An id in an item that is otherwise not understood.
fn id_of(item: &RawValue, field: &str) -> Option<String> {
    let item: Value = serde_json::from_str(item.get()).ok()?;
    let id: Id = serde_json::from_value(item.get(field)?.clone()).ok()?;
    Some(id.0)
}

fn required<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("`{field}` is missing"))
}

fn instant(value: Option<String>, field: &str) -> Result<Timestamp, String> {
    let text = required(value, field)?;
    text.parse().map_err(|_| format!("`{field}` is not an instant"))
}

fn moment(value: Option<Moment>, field: &str) -> Result<Timestamp, String> {
    match required(value, field)? {
        Moment::Text(text) => instant(Some(text), field),
        Moment::Millis(millis) => chrono::DateTime::from_timestamp_millis(millis)
            .map(Timestamp::from_utc)
            .ok_or_else(|| format!("`{field}` is not an instant")),
    }
}

/// Deleted accounts leave nothing or an empty text.
fn account(id: Option<String>) -> Option<AccountId> {
    id.filter(|id| !id.is_empty()).map(AccountId::new)
}

/// `null` for a value that may be missing.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// What is wrong with a JSON text. The error's own words quote the value, so only its kind and place are kept.
fn reason(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => format!("an unexpected value at {place}"),
        serde_json::error::Category::Eof => format!("it ends early, at {place}"),
        _ => format!("not JSON at {place}"),
    }
}

#[cfg(test)]
mod tests;
