//! The shapes of what the site sends. What may be missing is optional: what it means that it is, its reader says.

use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::model::{Body, Version};

use super::{Links, account, instant, lenient, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawSpace {
    pub(super) id: Option<Id>,
    pub(super) key: Option<String>,
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) status: Option<String>,
    pub(super) homepage_id: Option<Id>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawPolicy {
    pub(super) id: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) data_policy: RawDataPolicy,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawDataPolicy {
    pub(super) any_content_blocked: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawContent {
    pub(super) id: Option<Id>,
    pub(super) status: Option<String>,
    pub(super) title: Option<String>,
    pub(super) space_id: Option<Id>,
    pub(super) parent_id: Option<Id>,
    pub(super) parent_type: Option<String>,
    pub(super) position: Option<Number>,
    pub(super) author_id: Option<String>,
    pub(super) created_at: Option<Moment>,
    pub(super) version: Option<RawVersion>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) embed_url: Option<String>,
    pub(super) body: Option<RawBody>,
    #[serde(rename = "_links", default, deserialize_with = "lenient")]
    pub(super) links: Links,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawAnnex {
    pub(super) id: Option<Id>,
    pub(super) status: Option<String>,
    pub(super) title: Option<String>,
    pub(super) page_id: Option<Id>,
    pub(super) blog_post_id: Option<Id>,
    pub(super) parent_comment_id: Option<Id>,
    pub(super) resolution_status: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) properties: RawProperties,
    pub(super) media_type: Option<String>,
    pub(super) file_size: Option<u64>,
    pub(super) file_id: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) version: Option<RawVersion>,
    pub(super) body: Option<RawBody>,
}

/// The words that an inline comment is about, in either of the spellings that the site writes.
#[derive(Default, Deserialize)]
pub(super) struct RawProperties {
    #[serde(rename = "inlineOriginalSelection")]
    pub(super) camel: Option<String>,
    #[serde(rename = "inline-original-selection")]
    pub(super) kebab: Option<String>,
}

impl RawProperties {
    pub(super) fn selection(self) -> Option<String> {
        self.camel.or(self.kebab)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawVersion {
    pub(super) number: Option<u32>,
    pub(super) message: Option<String>,
    pub(super) minor_edit: Option<bool>,
    pub(super) author_id: Option<String>,
    pub(super) created_at: Option<String>,
}

impl RawVersion {
    /// `place` is what the names of its fields begin with, for complaints.
    pub(super) fn into_model(self, place: &str) -> Result<Version, String> {
        Ok(Version {
            number: required(self.number, &format!("{place}number"))?,
            message: self.message.unwrap_or_default(),
            is_minor: self.minor_edit.unwrap_or_default(),
            author: account(self.author_id),
            created_at: instant(self.created_at, &format!("{place}createdAt"))?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct RawEarlierVersion {
    #[serde(flatten)]
    pub(super) version: RawVersion,
    pub(super) page: Option<RawVersioned>,
    pub(super) blogpost: Option<RawVersioned>,
}

/// What the content was in a version.
#[derive(Deserialize)]
pub(super) struct RawVersioned {
    pub(super) title: Option<String>,
    pub(super) body: Option<RawBody>,
}

#[derive(Deserialize)]
pub(super) struct RawBody {
    pub(super) storage: Option<Representation>,
    pub(super) atlas_doc_format: Option<Representation>,
}

#[derive(Deserialize)]
pub(super) struct Representation {
    pub(super) value: Option<String>,
}

impl RawBody {
    pub(super) fn into_model(self) -> Option<Body> {
        let text = |representation: Option<Representation>| representation?.value;
        let storage = text(self.storage).map(Body::Storage);
        storage.or_else(|| text(self.atlas_doc_format).map(Body::Adf))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawUser {
    pub(super) account_id: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) public_name: Option<String>,
    pub(super) account_type: Option<String>,
}

/// An id, which is a string by the documentation and has been a number.
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(Number),
        }
        match Written::deserialize(deserializer)? {
            Written::Text(text) if text.is_empty() => Err(serde::de::Error::custom("an empty id")),
            Written::Text(text) => Ok(Self(text)),
            Written::Number(number) => Ok(Self(number.to_string())),
        }
    }
}

/// An instant, which folders write in milliseconds, whatever the specification says.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Moment {
    Text(String),
    Millis(i64),
}
