//! Reads the mirror, in this process or any other, without the lock and without waiting for the writer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction};

use crate::model::{Body, ContentId, Domain, SpaceId, SpaceKey, Spending, Timestamp};

use super::alerts::Alert;
use super::exports::{self, ExportFile, ExportPage, ExportScope, ExportSite, Whereabouts};
use super::flaws::{self, Depth, Flaw, Proven, Unproven};
use super::link_views::{self, LinkScope, LinkView};
use super::page_ref::PageRef;
use super::pages::{self, Lookup, PageName, PageView};
use super::recent::{self, Change, RecentQuery};
use super::rerender::{self, BodyPlace, Outdated, StoredBodies};
use super::search::{self, Hit, SearchQuery};
use super::status::{self, FindingView, RunView, SpaceView, Status};
use super::suggest::{self, Suggestions};
use super::threads::{self, AttachmentView, CommentView};
use super::tree::{self, TreeNode};
use super::versions::{self, VersionView};
use super::{Error, alerts, open, pauses, spending};

/// Connections kept for the next call. More calls at once open more, and close them.
const IDLE_CONNECTIONS: usize = 2;

/// The mirror, for reading. Each call sees one state of it. Clones share their connections.
///
/// Its methods block for as long as SQLite reads; in async code, call them from a blocking task.
#[derive(Clone, Debug)]
pub struct Reader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Reader {
    /// Opens the mirror in the state directory `dir`, whether or not a daemon writes it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let reader = Self::new(dir);
        reader.read("open the mirror", |_| Ok(()))?;
        Ok(reader)
    }

    /// A reader that opens the file when it is first asked.
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            path: open::database(dir),
            idle: Arc::default(),
        }
    }

    /// The state directory.
    pub fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Searches the text of everything mirrored, best hits first.
    pub fn search(&self, query: &SearchQuery) -> Result<Vec<Hit>, Error> {
        self.read("search the mirror", |tx| search::search(tx, query))
    }

    /// What may have been meant by a query that finds nothing.
    pub fn suggestions(&self, query: &SearchQuery) -> Result<Suggestions, Error> {
        self.read("look for what is near", |tx| {
            suggest::suggestions(tx, &query.text, &query.parsed())
        })
    }

    /// The page that is meant, or what may have been meant.
    pub fn page(&self, page: &PageRef) -> Result<Lookup, Error> {
        self.read("read a page", |tx| pages::look_up(tx, page))
    }

    /// What somebody was told of and is not over, in the words of then.
    pub fn alerts(&self) -> Result<Vec<Alert>, Error> {
        self.read("read the alerts", |tx| alerts::all(tx))
    }

    /// Every connection that a person has paused, and since when.
    pub fn pauses(&self) -> Result<BTreeMap<Domain, Timestamp>, Error> {
        self.read("read the pauses", |tx| pauses::all(tx))
    }

    /// The body of the page as the site sent it; nothing if the mirror never had it.
    pub fn body(&self, page: &PageView) -> Result<Option<Body>, Error> {
        self.read("read a body", |tx| pages::body(tx, page.row))
    }

    /// What is wrong with the structure of the file, its references and its texts. Damage that keeps SQLite from
    /// looking any further is a flaw, too.
    pub fn check(&self, depth: Depth) -> Result<Vec<Flaw>, Error> {
        let doing = "check the database";
        let structure = self.read(doing, |tx| flaws::structure(tx, depth));
        let mut flaws = flaws::or_damage(structure)?;
        flaws.extend(flaws::or_damage(self.read(doing, |tx| flaws::references(tx)))?);
        flaws.extend(flaws::or_damage(self.read(doing, |tx| flaws::texts(tx)))?);
        flaws.extend(flaws::or_damage(self.read(doing, |tx| flaws::annotations(tx)))?);
        Ok(flaws)
    }

    /// Compares some stored bodies with their digests.
    pub fn prove(&self, bodies: Unproven) -> Result<Proven, Error> {
        self.read("compare stored bodies", |tx| flaws::prove(tx, bodies))
    }

    /// How many stored bodies are outdated.
    pub fn outdated(&self, outdated: Outdated) -> Result<u64, Error> {
        self.read("count outdated pages", |tx| rerender::count(tx, outdated))
    }

    /// A batch of outdated bodies, in an order that does not change as they are rendered.
    pub fn outdated_bodies(&self, outdated: Outdated, from: BodyPlace) -> Result<StoredBodies, Error> {
        self.read("read outdated pages", |tx| rerender::read(tx, outdated, from))
    }

    /// The versions of the page that are here, newest first.
    pub fn versions(&self, page: &PageView) -> Result<Vec<VersionView>, Error> {
        self.read("read the versions of a page", |tx| versions::list(tx, page.row))
    }

    /// The body of a version; nothing if the mirror never had it.
    pub fn body_of_version(&self, page: &PageView, version: u32) -> Result<Option<Body>, Error> {
        self.read("read the body of a version", |tx| {
            versions::body(tx, page.row, version)
        })
    }

    /// The living comments on the page, oldest first.
    pub fn comments_on(&self, page: &PageView) -> Result<Vec<CommentView>, Error> {
        self.read("read comments", |tx| threads::comments(tx, page))
    }

    /// The living attachments of the page, by name.
    pub fn attachments_of(&self, page: &PageView) -> Result<Vec<AttachmentView>, Error> {
        self.read("read attachments", |tx| threads::attachments(tx, page))
    }

    /// The links that stand in the page.
    pub fn links(&self, page: &PageView) -> Result<Vec<LinkView>, Error> {
        self.read("read links", |tx| link_views::of_page(tx, page.row))
    }

    /// The links of the living pages in that scope, page by page.
    pub fn links_in(&self, scope: &LinkScope) -> Result<Vec<LinkView>, Error> {
        self.read("read links", |tx| link_views::in_scope(tx, scope))
    }

    /// What changed lately, newest first.
    pub fn recent(&self, query: &RecentQuery) -> Result<Vec<Change>, Error> {
        self.read("read recent changes", |tx| recent::recent(tx, query))
    }

    /// The living pages that link to this one.
    pub fn backlinks(&self, page: &PageView) -> Result<Vec<PageName>, Error> {
        self.read("read links", |tx| pages::backlinks(tx, page))
    }

    /// What lives in the space, or in all of them, each under what it hangs under.
    pub fn tree(&self, space: Option<&SpaceKey>) -> Result<Vec<TreeNode>, Error> {
        self.read("read the page tree", |tx| tree::tree(tx, space))
    }

    /// How complete the mirror is, and what is amiss.
    pub fn status(&self) -> Result<Status, Error> {
        self.read("read the status", status::status)
    }

    /// What each app was last known to have spent of its points, by name.
    pub fn spending(&self) -> Result<Vec<Spending>, Error> {
        self.read("read the points spent", spending::all)
    }

    /// All spaces, by site and key.
    pub fn spaces(&self) -> Result<Vec<SpaceView>, Error> {
        self.read("read the spaces", status::spaces)
    }

    /// The open findings, oldest first.
    pub fn findings(&self) -> Result<Vec<FindingView>, Error> {
        self.read("read findings", status::findings)
    }

    /// The last runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunView>, Error> {
        self.read("read runs", |tx| status::runs(tx, limit))
    }

    /// The sites that can be exported, by domain.
    pub fn export_sites(&self) -> Result<Vec<ExportSite>, Error> {
        self.read("read the sites", |tx| exports::sites(tx))
    }

    /// Up to `limit` pages with what hangs on them, in the order of their ids as text, those after the id `after`.
    pub fn export_pages(
        &self,
        site: &ExportSite,
        scope: &ExportScope,
        after: &str,
        limit: usize,
    ) -> Result<Vec<ExportPage>, Error> {
        self.read("read pages", |tx| exports::batch(tx, site, scope, after, limit))
    }

    /// Where content stands, if it lives and is meant.
    pub fn whereabouts(
        &self,
        site: &ExportSite,
        scope: &ExportScope,
        id: &ContentId,
    ) -> Result<Option<Whereabouts>, Error> {
        self.read("look for a page", |tx| exports::whereabouts(tx, site, scope, id))
    }

    /// The living page of that title.
    pub fn titled(
        &self,
        site: &ExportSite,
        space_key: &SpaceKey,
        title: &str,
    ) -> Result<Option<ContentId>, Error> {
        self.read("look for a title", |tx| {
            exports::titled(tx, site, space_key, title)
        })
    }

    /// The living attachments of a page, by name.
    pub fn attachments(&self, site: &ExportSite, page: &ContentId) -> Result<Vec<ExportFile>, Error> {
        self.read("read attachments", |tx| exports::attachments(tx, site, page))
    }

    /// The text of a page.
    pub fn markdown(&self, site: &ExportSite, page: &ContentId) -> Result<Option<String>, Error> {
        self.read("read a text", |tx| exports::markdown(tx, site, page))
    }

    /// Up to `limit` of what hangs directly under a page, or stands at the top of a space, in the site's order.
    pub fn below(
        &self,
        site: &ExportSite,
        scope: &ExportScope,
        space: &SpaceId,
        parent: Option<&ContentId>,
        limit: usize,
    ) -> Result<Vec<Whereabouts>, Error> {
        self.read("read the page tree", |tx| {
            exports::below(tx, site, scope, space, parent, limit)
        })
    }

    /// Up to `limit` of what a space holds by title, those behind this title and id.
    pub fn by_title(
        &self,
        site: &ExportSite,
        scope: &ExportScope,
        space: &SpaceId,
        after: Option<&(String, ContentId)>,
        limit: usize,
    ) -> Result<Vec<Whereabouts>, Error> {
        self.read("read the titles of a space", |tx| {
            exports::by_title(tx, site, scope, space, after, limit)
        })
    }

    pub(super) fn read<T>(
        &self,
        doing: &'static str,
        f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut conn = match self.take() {
            Some(conn) => conn,
            None => open::reader(&self.path)?,
        };
        let result = conn
            .transaction()
            .and_then(|tx| f(&tx))
            .map_err(|source| Error::sqlite(doing, source));
        self.give_back(conn);
        result
    }

    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, conn: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(conn);
        }
    }
}
