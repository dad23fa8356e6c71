//! The JSON of content, field for field.

use std::collections::BTreeMap;
use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use url::form_urlencoded;

use crate::state::{Body, Content, Kind, Space, Version};

use super::{Refusal, Visit};

/// An id: a number here, decimal digits in a string there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) u64);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An instant as the API writes it.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The representation of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format(&'static str);

impl Format {
    const LISTED: [&'static str; 2] = ["storage", "atlas_doc_format"];
    const SINGLE: [&'static str; 7] = [
        "storage",
        "atlas_doc_format",
        "view",
        "export_view",
        "anonymous_export_view",
        "styled_view",
        "editor",
    ];

    /// The format that a listing is asked for, if any.
    pub(crate) fn of_listing(visit: &Visit<'_>) -> Result<Option<Self>, Refusal> {
        Self::among(&Self::LISTED, visit)
    }

    /// The format that a single entity is asked for, if any.
    pub(crate) fn of_entity(visit: &Visit<'_>) -> Result<Option<Self>, Refusal> {
        Self::among(&Self::SINGLE, visit)
    }

    fn among(known: &[&'static str], visit: &Visit<'_>) -> Result<Option<Self>, Refusal> {
        let find = |word: &str| known.iter().copied().find(|known| *known == word).map(Self);
        match visit.ask.param("body-format") {
            None => Ok(None),
            Some(word) => find(word)
                .map(Some)
                .ok_or_else(|| Refusal::bad_parameter("body-format", "BodyRepresentation")),
        }
    }
}

/// A body: empty where none was asked for.
pub(crate) type BodyOut<'a> = BTreeMap<&'static str, Representation<'a>>;

#[derive(Debug, Serialize)]
pub(crate) struct Representation<'a> {
    representation: &'static str,
    value: Text<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Ready(&'a RawValue),
    Written(String),
}

/// The body in a format.
pub(crate) fn body(body: &Body, format: Option<Format>) -> BodyOut<'_> {
    let Some(Format(representation)) = format else {
        return BodyOut::new();
    };
    let value = match body {
        Body::Written { adf: Some(adf), .. } if representation == "atlas_doc_format" => Text::Ready(adf),
        _ if representation == "atlas_doc_format" => Text::Written(plain_document(&body.text())),
        Body::Written { storage, .. } => Text::Ready(storage),
        Body::Generated { .. } => Text::Written(body.text()),
    };
    BodyOut::from([(
        representation,
        Representation {
            representation,
            value,
        },
    )])
}

/// A document of one paragraph with the words of a body in storage format.
fn plain_document(storage: &str) -> String {
    let mut words = String::new();
    let mut depth = 0_usize;
    for c in storage.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => words.push(c),
            _ => {}
        }
    }
    let text = if words.is_empty() {
        serde_json::json!([])
    } else {
        serde_json::json!([{ "type": "text", "text": words }])
    };
    serde_json::json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": text }] })
        .to_string()
}

/// One saved state.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionOut<'a> {
    number: u32,
    message: &'a str,
    minor_edit: bool,
    author_id: Option<&'a str>,
    created_at: String,
}

impl<'a> From<&'a Version> for VersionOut<'a> {
    fn from(version: &'a Version) -> Self {
        Self {
            number: version.number,
            message: &version.message,
            minor_edit: version.is_minor,
            author_id: version.author.as_deref(),
            created_at: instant(version.created_at),
        }
    }
}

/// Where people find content, below the site's `/wiki`.
#[derive(Debug, Serialize)]
pub(crate) struct ContentLinks {
    webui: String,
    editui: String,
    tinyui: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<String>,
}

impl ContentLinks {
    pub(crate) fn new(content: &Content, space: Option<&Space>) -> Self {
        let id = content.id;
        Self {
            webui: webui(content, space),
            editui: format!("/pages/resumedraft.action?draftId={id}"),
            tinyui: format!("/x/{}", tiny(id)),
            base: None,
        }
    }
}

/// The path of content below the site's `/wiki`.
pub(crate) fn webui(content: &Content, space: Option<&Space>) -> String {
    let key = space.map_or("", |space| space.key.as_str());
    let title = encoded(content.title());
    let id = content.id;
    match content.kind {
        Kind::Page => format!("/spaces/{key}/pages/{id}/{title}"),
        Kind::BlogPost => {
            let day = content.created_at.format("%Y/%m/%d");
            format!("/spaces/{key}/blog/{day}/{id}/{title}")
        }
        Kind::Folder | Kind::Whiteboard | Kind::Database | Kind::Embed => {
            format!("/spaces/{key}/{}/{id}", content.kind.word())
        }
    }
}

fn encoded(title: &str) -> impl Display {
    form_urlencoded::byte_serialize(title.as_bytes()).collect::<String>()
}

/// The short form of an id: its bytes, least significant first, without the zeros at the end.
fn tiny(id: u64) -> String {
    let bytes = id.to_le_bytes();
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    URL_SAFE_NO_PAD.encode(&bytes[..used])
}

#[cfg(test)]
mod tests {
    use super::tiny;

    #[test]
    fn a_tiny_link_is_made_as_on_the_real_site() {
        assert_eq!(tiny(65_930), "igEB");
    }
}
