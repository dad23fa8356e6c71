//! Requests and answers, apart from the sockets they travel on.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Bytes;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use url::form_urlencoded;

/// A request.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    /// The header `Range`.
    pub(crate) range: Option<String>,
    pub(crate) host: String,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl Ask {
    /// The parameter's value; the first where it is repeated.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The parameter's values, whether it is repeated, has several parted by commas, or both.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        self.all(name)
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The token of an `Authorization: Bearer …` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let value = self.authorization.as_deref()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// The name and the password of an `Authorization: Basic …` header, parted by a colon.
    pub(crate) fn basic(&self) -> Option<String> {
        let value = self.authorization.as_deref()?;
        let (scheme, given) = value.split_once(' ')?;
        let decoded = BASE64_STANDARD.decode(given.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        scheme.eq_ignore_ascii_case("basic").then_some(text)
    }

    /// The fields of a JSON object or of a form.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        if self.content_type.starts_with("application/json") {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(&self.body).unwrap_or_default();
            let text = |value: serde_json::Value| value.as_str().map_or(value.to_string(), str::to_owned);
            object
                .into_iter()
                .map(|(key, value)| (key, text(value)))
                .collect()
        } else {
            form_urlencoded::parse(&self.body).into_owned().collect()
        }
    }
}

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It arrives.
    #[default]
    None,
    /// Half of the body arrives, then the connection ends.
    Cut,
    /// The connection is reset before a byte of it arrives.
    Reset,
    /// It never comes, and the connection stays open.
    Stall,
}

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: Cow<'static, str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) mishap: Mishap,
}

impl Reply {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            content_type: "application/json".into(),
            body: serde_json::to_vec(body).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// A page for people.
    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/html;charset=UTF-8".into(),
            body: body.as_bytes().to_vec(),
            ..Self::default()
        }
    }

    /// The bytes of a file.
    pub(crate) fn file(media_type: &str, bytes: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type: media_type.to_owned().into(),
            body: bytes,
            ..Self::default()
        }
    }

    /// The bytes of a file from this one on.
    pub(crate) fn rest_of_file(media_type: &str, bytes: &[u8], from: usize) -> Self {
        let total = bytes.len();
        match bytes.get(from..).filter(|rest| !rest.is_empty()) {
            Some(rest) => Self {
                status: 206,
                ..Self::file(media_type, rest.to_vec())
            }
            .with_header("content-range", format!("bytes {from}-{}/{total}", total - 1)),
            None => Self {
                status: 416,
                ..Self::file(media_type, Vec::new())
            }
            .with_header("content-range", format!("bytes */{total}")),
        }
    }

    /// Sends the client elsewhere.
    pub(crate) fn redirect(location: String) -> Self {
        Self {
            status: 302,
            content_type: "text/plain".into(),
            ..Self::default()
        }
        .with_header("location", location)
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}
