//! SQL: links between pages, and people's names in them.
//!
//! Bodies name pages by space key and title, and people by account id. The store puts page ids and names into the
//! Markdown as soon as it knows them: at once for what is there already, and later for the pages that waited.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::model::{AccountId, ContentId, Space, SpaceId, Timestamp};

use super::batch::{LinkRow, LinkTarget, Rendering};
use super::sites::{self, SiteNumber};
use super::{people, rewrite, titles};

/// Settles the links of one batch.
pub(super) struct Settler<'a> {
    tx: &'a Transaction<'a>,
    site: SiteNumber,
    wiki_url: String,
    /// Keys of the spaces met so far; nothing for spaces that are not listed yet.
    space_keys: HashMap<SpaceId, Option<String>>,
    /// Whether a link that the content had before leads where it led, whatever its title means today.
    follows_earlier: bool,
}

/// A rendering with what is known filled in.
pub(super) struct Settled {
    pub(super) markdown: String,
    pub(super) text: String,
    pub(super) links: Vec<Row>,
}

/// The columns of a link.
#[derive(Default)]
pub(super) struct Row {
    kind: &'static str,
    space_key: Option<String>,
    title: Option<String>,
    file_name: Option<String>,
    target: Option<String>,
    written: String,
    anchor: Option<String>,
}

impl<'a> Settler<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, site: SiteNumber) -> rusqlite::Result<Self> {
        Ok(Self {
            tx,
            site,
            wiki_url: sites::wiki_url(tx, site)?,
            space_keys: HashMap::new(),
            follows_earlier: false,
        })
    }

    /// For bodies that are rendered again: their titles are as old as they are, and the pages may be renamed since.
    pub(super) fn following_earlier(self) -> Self {
        Self {
            follows_earlier: true,
            ..self
        }
    }

    /// Fills in the pages and people that are known already.
    pub(super) fn settle(
        &self,
        content: i64,
        rendering: &Rendering,
        at: Timestamp,
    ) -> rusqlite::Result<Settled> {
        let mut settled = Settled {
            markdown: rendering.markdown.clone(),
            text: rendering.text.clone(),
            links: Vec::with_capacity(rendering.links.len()),
        };
        for link in &rendering.links {
            let mut row = Row::from(link);
            match &link.target {
                LinkTarget::Page { space_key, title } => {
                    if let Some((key, id)) = self.target(content, space_key.as_str(), title)? {
                        row.written = self.page_url(&key, &id, &link.written);
                        row.target = Some(id);
                        edit(&mut settled.markdown, |text| {
                            rewrite::destination(text, &link.written, &row.written)
                        });
                    }
                }
                LinkTarget::User(account) => self.settle_mention(account, &mut row, &mut settled, at)?,
                _ => {}
            }
            settled.links.push(row);
        }
        Ok(settled)
    }

    fn settle_mention(
        &self,
        account: &AccountId,
        row: &mut Row,
        settled: &mut Settled,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        people::mention(self.tx, self.site, account, at)?;
        let Some(name) = people::name(self.tx, self.site, account)? else {
            return Ok(());
        };
        let label = rewrite::mention(&name);
        edit(&mut settled.markdown, |text| {
            rewrite::label(text, &row.written, &label, account.as_str())
        });
        settled.text = settled.text.replace(&format!("@{account}"), &format!("@{name}"));
        row.written = label;
        Ok(())
    }

    /// Space key and id of the living page that a link by title leads to.
    fn target(
        &self,
        content: i64,
        space_key: &str,
        title: &str,
    ) -> rusqlite::Result<Option<(String, String)>> {
        if self.follows_earlier
            && let Some(target) = self.earlier_target(content, space_key, title)?
        {
            return Ok(Some(target));
        }
        self.find(space_key, title)
    }

    /// Where the same link led before, if that still lives: by now it may be called something else.
    fn earlier_target(
        &self,
        content: i64,
        space_key: &str,
        title: &str,
    ) -> rusqlite::Result<Option<(String, String)>> {
        self.tx
            .prepare_cached(
                "SELECT spaces.key, contents.content_id FROM links
                 JOIN contents ON contents.site = ? AND contents.content_id = links.target
                 JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
                 WHERE links.content = ? AND links.kind = 'page' AND links.space_key = ?
                     AND links.title_key = ? AND contents.gone_at IS NULL
                 LIMIT 1",
            )?
            .query_row((self.site, content, space_key, titles::key(title)), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
    }

    /// Space key and id of the living page of that title.
    fn find(&self, space_key: &str, title: &str) -> rusqlite::Result<Option<(String, String)>> {
        self.tx
            .prepare_cached(
                "SELECT spaces.key, contents.content_id FROM spaces
                 JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
                 WHERE spaces.site = ? AND spaces.key = ? AND contents.title_key = ?
                     AND contents.kind = 'page' AND contents.gone_at IS NULL
                 LIMIT 1",
            )?
            .query_row((self.site, space_key, titles::key(title)), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
    }

    /// The address of a page by its id, which survives renames. Keeps the fragment of the address it replaces.
    fn page_url(&self, space_key: &str, id: &str, written: &str) -> String {
        let fragment = written.find('#').map_or("", |start| &written[start..]);
        format!("{}/spaces/{space_key}/pages/{id}{fragment}", self.wiki_url)
    }

    /// Settles the links of all pages that waited for a page of this title.
    pub(super) fn meet(&mut self, id: &ContentId, space: &SpaceId, title: &str) -> rusqlite::Result<()> {
        let Some(space_key) = self.space_key(space)? else {
            return Ok(());
        };
        for (link, content, written) in self.waiting(&space_key, title)? {
            let url = self.page_url(&space_key, id.as_str(), &written);
            let markdown: String = self
                .tx
                .prepare_cached("SELECT markdown FROM texts WHERE id = ?")?
                .query_row([content], |row| row.get(0))?;
            if let Some(markdown) = rewrite::destination(&markdown, &written, &url) {
                self.tx
                    .prepare_cached("UPDATE texts SET markdown = ? WHERE id = ?")?
                    .execute((markdown, content))?;
            }
            self.tx
                .prepare_cached("UPDATE links SET target = ?, written = ? WHERE id = ?")?
                .execute((id.as_str(), url, link))?;
        }
        Ok(())
    }

    /// Settles the links that waited for a space of this key, where the space has the page.
    pub(super) fn meet_space(&mut self, space: &Space) -> rusqlite::Result<()> {
        let pages: Vec<(String, String)> = self
            .tx
            .prepare_cached(
                "SELECT DISTINCT contents.content_id, contents.title FROM links
                 JOIN contents ON contents.site = :site AND contents.space_id = :space
                     AND contents.title_key = links.title_key AND contents.kind = 'page' AND contents.gone_at IS NULL
                 WHERE links.kind = 'page' AND links.target IS NULL AND links.space_key = :key",
            )?
            .query_map(
                named_params! {
                    ":site": self.site,
                    ":space": space.id.as_str(),
                    ":key": space.key.as_str(),
                },
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .collect::<Result<_, _>>()?;
        for (id, title) in pages {
            self.meet(&ContentId::new(id), &space.id, &title)?;
        }
        Ok(())
    }

    /// Links that wait for a page of this title: their number, the content they stand in, and how.
    fn waiting(&self, space_key: &str, title: &str) -> rusqlite::Result<Vec<(i64, i64, String)>> {
        self.tx
            .prepare_cached(
                "SELECT links.id, links.content, links.written FROM links
                 JOIN contents ON contents.id = links.content
                 WHERE links.kind = 'page' AND links.target IS NULL
                     AND links.title_key = ? AND links.space_key = ? AND contents.site = ?",
            )?
            .query_map((titles::key(title), space_key, self.site), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect()
    }

    fn space_key(&mut self, space: &SpaceId) -> rusqlite::Result<Option<String>> {
        if let Some(key) = self.space_keys.get(space) {
            return Ok(key.clone());
        }
        let key: Option<String> = self
            .tx
            .prepare_cached("SELECT key FROM spaces WHERE site = ? AND space_id = ?")?
            .query_row((self.site, space.as_str()), |row| row.get(0))
            .optional()?;
        self.space_keys.insert(space.clone(), key.clone());
        Ok(key)
    }

    /// Writes the links of a page in place of those before.
    pub(super) fn replace(&self, content: i64, links: &[Row]) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached("DELETE FROM links WHERE content = ?")?
            .execute([content])?;
        let mut statement = self.tx.prepare_cached(
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
}

impl From<&LinkRow> for Row {
    fn from(link: &LinkRow) -> Self {
        let row = Self {
            written: link.written.clone(),
            anchor: link.anchor.clone(),
            ..Self::default()
        };
        match &link.target {
            LinkTarget::Page { space_key, title } => Self {
                kind: "page",
                space_key: Some(space_key.to_string()),
                title: Some(title.clone()),
                ..row
            },
            LinkTarget::PageId(id) => Self {
                kind: "page",
                target: Some(id.to_string()),
                ..row
            },
            LinkTarget::User(account) => Self {
                kind: "user",
                target: Some(account.to_string()),
                ..row
            },
            LinkTarget::Attachment { page, name } => Self {
                kind: "attachment",
                space_key: page.as_ref().map(|(space_key, _)| space_key.to_string()),
                title: page.as_ref().map(|(_, title)| title.clone()),
                file_name: Some(name.clone()),
                ..row
            },
            LinkTarget::Space(space_key) => Self {
                kind: "space",
                space_key: Some(space_key.to_string()),
                ..row
            },
            // The URL is what is written.
            LinkTarget::External(_) => Self {
                kind: "external",
                ..row
            },
        }
    }
}

fn edit(text: &mut String, rewrite: impl FnOnce(&str) -> Option<String>) {
    if let Some(rewritten) = rewrite(text) {
        *text = rewritten;
    }
}
