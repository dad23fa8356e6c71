//! The part of a write that takes computing and no database, so that the writer need not do it.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::model::Body;

use super::alt;
use super::batch::{ContentWrite, Rendering};
use super::bodies::{self, Packed, Press};

/// What is computed of a write.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// See [`digest`].
    pub(super) digest: [u8; 32],
    /// The body as it is stored.
    pub(super) body: Option<Packed>,
    /// See [`alt::of`]; of the text as the renderer made it.
    pub(super) alt: String,
}

impl Prepared {
    pub(super) fn of(write: &ContentWrite, press: &mut Press) -> rusqlite::Result<Self> {
        let body = write.content.body.as_ref();
        Ok(Self {
            digest: digest(body, &write.rendering),
            body: body.map(|body| press.pack(body)).transpose()?,
            alt: alt::of(&write.content.title, &write.rendering.text),
        })
    }

    /// What was prepared of these writes, and now of those of which nothing was.
    pub(super) fn of_all(writes: &[ContentWrite]) -> rusqlite::Result<Vec<Cow<'_, Self>>> {
        let mut press = Press::new()?;
        let prepared = writes.iter().map(|write| match &write.prepared {
            Some(prepared) => Ok(Cow::Borrowed(prepared)),
            None => Self::of(write, &mut press).map(Cow::Owned),
        });
        prepared.collect()
    }
}

/// Does what can be done of these writes without the database, on the thread that calls, one after the other. What is
/// changed of them afterwards does not count. Of a body, what is left is what will be stored.
pub fn prepare(writes: impl Iterator<Item = ContentWrite>) -> Vec<ContentWrite> {
    let mut press = Press::new().ok();
    let prepared = writes.map(|mut write| {
        // Should it fail, the writer fails at it as well, and says so.
        let prepared = press.as_mut().and_then(|press| Prepared::of(&write, press).ok());
        if prepared.is_some() {
            write.content.body = None;
        }
        write.prepared = prepared;
        write
    });
    prepared.collect()
}

/// Stands for everything the renderer was given and made. Not for what the store fills in afterwards, so that
/// the same rendering is recognised once its links and names are settled.
pub(super) fn digest(body: Option<&Body>, rendering: &Rendering) -> [u8; 32] {
    let (format, body) = body.map_or(("", ""), |body| (bodies::format(body), body.as_str()));
    let mut digest = Sha256::new();
    for part in [format, body, &rendering.markdown, &rendering.text] {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.update(rendering.renderer.to_le_bytes());
    digest.finalize().into()
}
