//! SQL: the rows of the table of links.

use rusqlite::{Transaction, named_params};

use crate::store::batch::{LinkRow, LinkTarget};
use crate::store::titles;

/// The columns of a link.
#[derive(Clone, Default)]
pub(in crate::store) struct Row {
    pub(super) kind: &'static str,
    pub(super) space_key: Option<String>,
    pub(super) title: Option<String>,
    file_name: Option<String>,
    pub(super) target: Option<String>,
    pub(super) written: String,
    anchor: Option<String>,
}

impl From<&LinkRow> for Row {
    fn from(link: &LinkRow) -> Self {
        let written = link.written.clone();
        match (&link.target, written.strip_prefix('#')) {
            (LinkTarget::External(_), Some(place)) => Self {
                kind: "place",
                anchor: Some(place.to_owned()),
                written,
                ..Self::default()
            },
            (target, _) => Self {
                anchor: link.anchor.clone(),
                written,
                ..Self::to(target)
            },
        }
    }
}

impl Row {
    /// The columns that say where a link leads.
    fn to(target: &LinkTarget) -> Self {
        match target {
            LinkTarget::Page { space_key, title } => Self {
                kind: "page",
                space_key: Some(space_key.to_string()),
                title: Some(title.clone()),
                ..Self::default()
            },
            LinkTarget::BlogPost { space_key, title } => Self {
                kind: "blogpost",
                space_key: Some(space_key.to_string()),
                title: Some(title.clone()),
                ..Self::default()
            },
            LinkTarget::PageId(id) => Self {
                kind: "page",
                target: Some(id.to_string()),
                ..Self::default()
            },
            LinkTarget::User(account) => Self {
                kind: "user",
                target: Some(account.to_string()),
                ..Self::default()
            },
            // Where the holder is says the same as a link to it; whether it is a blog post says the day in its address.
            LinkTarget::Attachment { holder, name } => Self {
                kind: "attachment",
                file_name: Some(name.clone()),
                ..holder.as_deref().map(Self::to).unwrap_or_default()
            },
            LinkTarget::Space(space_key) => Self {
                kind: "space",
                space_key: Some(space_key.to_string()),
                ..Self::default()
            },
            // The URL is what is written.
            LinkTarget::External(_) => Self {
                kind: "external",
                ..Self::default()
            },
        }
    }
}

/// Writes the links of a page in place of those before.
pub(in crate::store) fn replace(tx: &Transaction<'_>, content: i64, links: &[Row]) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM links WHERE content = ?")?
        .execute([content])?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO links (content, kind, space_key, title, title_key, file_name, target, written, anchor)
         VALUES (:content, :kind, :space_key, :title, :title_key, :file_name, :target, :written, :anchor)",
    )?;
    for link in links {
        statement.execute(named_params! {
            ":content": content,
            ":kind": link.kind,
            ":space_key": link.space_key,
            ":title": link.title,
            ":title_key": link.title.as_deref().map(titles::key),
            ":file_name": link.file_name,
            ":target": link.target,
            ":written": link.written,
            ":anchor": link.anchor,
        })?;
    }
    Ok(())
}
