//! SQL: links between pages, and people's names in them.
//!
//! Bodies name pages, blog posts and the holders of files by space key and title, and people by account id. The store puts
//! ids and names into the Markdown as soon as it knows them: at once for what is there already, and later for the pages
//! that waited.

mod found;
mod row;

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::model::{AccountId, Content, Space, SpaceId, Timestamp};

use super::batch::{LinkTarget, Rendering};
use super::sites::{self, SiteNumber};
use super::{people, rewrite, titles};
use found::Found;
use row::Row;

pub(super) use row::replace;

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
pub(super) struct Settled<'a> {
    pub(super) markdown: Cow<'a, str>,
    pub(super) text: Cow<'a, str>,
    pub(super) links: Vec<Row>,
}

/// A link that has waited for what it leads to.
struct Waiting {
    link: i64,
    content: i64,
    kind: String,
    written: String,
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
    pub(super) fn settle<'r>(
        &self,
        content: i64,
        rendering: &'r Rendering,
        at: Timestamp,
    ) -> rusqlite::Result<Settled<'r>> {
        let mut settled = Settled {
            markdown: Cow::Borrowed(&rendering.markdown),
            text: Cow::Borrowed(&rendering.text),
            links: Vec::with_capacity(rendering.links.len()),
        };
        for link in &rendering.links {
            let mut row = Row::from(link);
            if let LinkTarget::User(account) = &link.target {
                self.settle_mention(account, &mut row, &mut settled, at)?;
            } else if let Some(found) = self.target(content, &row)? {
                row.written = found.url(&self.wiki_url, row.kind, &link.written);
                row.target = Some(found.id);
                edit(&mut settled.markdown, |text| {
                    rewrite::destination(text, &link.written, &row.written)
                });
            }
            settled.links.push(row);
        }
        Ok(settled)
    }

    fn settle_mention(
        &self,
        account: &AccountId,
        row: &mut Row,
        settled: &mut Settled<'_>,
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
        settled.text = Cow::Owned(settled.text.replace(&format!("@{account}"), &format!("@{name}")));
        row.written = label;
        Ok(())
    }

    /// The living content that a link by title leads to.
    fn target(&self, content: i64, row: &Row) -> rusqlite::Result<Option<Found>> {
        let (Some(space_key), Some(title)) = (&row.space_key, &row.title) else {
            return Ok(None);
        };
        if self.follows_earlier
            && let Some(found) = self.earlier_target(content, row.kind, space_key, title)?
        {
            return Ok(Some(found));
        }
        self.find(row, space_key, title)
    }

    /// Where the same link led before, if that still lives: by now it may be called something else.
    fn earlier_target(
        &self,
        content: i64,
        kind: &str,
        space_key: &str,
        title: &str,
    ) -> rusqlite::Result<Option<Found>> {
        self.tx
            .prepare_cached(
                "SELECT spaces.key, contents.content_id, contents.webui FROM links
                 JOIN contents ON contents.site = ? AND contents.content_id = links.target
                 JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
                 WHERE links.content = ? AND links.kind = ? AND links.space_key = ?
                     AND links.title_key = ? AND contents.gone_at IS NULL
                 LIMIT 1",
            )?
            .query_row(
                (self.site, content, kind, space_key, titles::key(title)),
                Found::from_row,
            )
            .optional()
    }

    /// The living content of that title, of the kind that the link is to.
    fn find(&self, row: &Row, space_key: &str, title: &str) -> rusqlite::Result<Option<Found>> {
        let mut statement = self.tx.prepare_cached(
            "SELECT spaces.key, contents.content_id, contents.webui FROM spaces
             JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
             WHERE spaces.site = :site AND spaces.key = :key AND contents.title_key = :title
                 AND contents.kind IN ('page', 'blogpost') AND contents.gone_at IS NULL
                 AND (:kind = 'attachment' OR (contents.kind = 'blogpost') = (:kind = 'blogpost'))",
        )?;
        let found = statement.query_map(
            named_params! { ":site": self.site, ":key": space_key, ":title": titles::key(title), ":kind": row.kind },
            Found::from_row,
        )?;
        let is_meant = |found: &rusqlite::Result<Found>| {
            found
                .as_ref()
                .map_or(true, |found| found.is_meant_by(row.kind, &row.written))
        };
        found.into_iter().find(is_meant).transpose()
    }

    /// Settles the links of all pages that waited for content of this title, and those that lead to where it was.
    pub(super) fn meet(&mut self, content: &Content) -> rusqlite::Result<()> {
        let Some(space_key) = self.space_key(&content.space)? else {
            return Ok(());
        };
        let found = Found {
            space_key,
            id: content.id.to_string(),
            webui: content.webui.clone(),
        };
        self.lead_to(&found, content.kind.as_str(), &content.title)
    }

    fn lead_to(&self, found: &Found, kind: &str, title: &str) -> rusqlite::Result<()> {
        for waiting in self.waiting(found, kind, title)? {
            if !found.is_meant_by(&waiting.kind, &waiting.written) {
                continue;
            }
            let url = found.url(&self.wiki_url, &waiting.kind, &waiting.written);
            if url == waiting.written {
                continue;
            }
            let markdown: String = self
                .tx
                .prepare_cached("SELECT markdown FROM texts WHERE id = ?")?
                .query_row([waiting.content], |row| row.get(0))?;
            if let Some(markdown) = rewrite::destination(&markdown, &waiting.written, &url) {
                self.tx
                    .prepare_cached("UPDATE texts SET markdown = ? WHERE id = ?")?
                    .execute((markdown, waiting.content))?;
            }
            self.tx
                .prepare_cached("UPDATE links SET target = ?, written = ? WHERE id = ?")?
                .execute((&found.id, url, waiting.link))?;
        }
        Ok(())
    }

    /// Settles the links that waited for a space of this key, where the space has the content.
    pub(super) fn meet_space(&mut self, space: &Space) -> rusqlite::Result<()> {
        let met: Vec<(String, String, Found)> = self
            .tx
            .prepare_cached(
                "SELECT DISTINCT :key, contents.content_id, contents.webui, contents.kind, contents.title FROM links
                 JOIN contents ON contents.site = :site AND contents.space_id = :space
                     AND contents.title_key = links.title_key AND contents.kind IN ('page', 'blogpost')
                     AND contents.gone_at IS NULL
                 WHERE links.title_key IS NOT NULL AND links.target IS NULL AND links.space_key = :key",
            )?
            .query_map(
                named_params! {
                    ":site": self.site,
                    ":space": space.id.as_str(),
                    ":key": space.key.as_str(),
                },
                |row| Ok((row.get("kind")?, row.get("title")?, Found::from_row(row)?)),
            )?
            .collect::<Result<_, _>>()?;
        for (kind, title, found) in met {
            self.lead_to(&found, &kind, &title)?;
        }
        Ok(())
    }

    /// Links by title that wait for this content, and those that lead to it already: it may have moved.
    fn waiting(&self, found: &Found, kind: &str, title: &str) -> rusqlite::Result<Vec<Waiting>> {
        // The sign keeps SQLite from making a table of the kinds, for each title anew, to seek them in the index.
        self.tx
            .prepare_cached(
                "SELECT links.id AS link, links.content, links.kind, links.written FROM links
                 JOIN contents ON contents.id = links.content
                 WHERE links.target IS NULL AND links.title_key = :title AND links.space_key = :key
                     AND (links.kind = 'attachment' OR (links.kind = 'blogpost') = (:kind = 'blogpost'))
                     AND contents.site = :site
                 UNION ALL
                 SELECT links.id, links.content, links.kind, links.written FROM links
                 JOIN contents ON contents.id = links.content
                 WHERE links.target = :id AND +links.kind IN ('page', 'blogpost') AND links.title_key IS NOT NULL
                     AND contents.site = :site",
            )?
            .query_map(
                named_params! {
                    ":title": titles::key(title),
                    ":key": found.space_key,
                    ":kind": kind,
                    ":site": self.site,
                    ":id": found.id,
                },
                |row| {
                    Ok(Waiting {
                        link: row.get("link")?,
                        content: row.get("content")?,
                        kind: row.get("kind")?,
                        written: row.get("written")?,
                    })
                },
            )?
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
}

fn edit(text: &mut Cow<'_, str>, rewrite: impl FnOnce(&str) -> Option<String>) {
    if let Some(rewritten) = rewrite(text) {
        *text = Cow::Owned(rewritten);
    }
}
