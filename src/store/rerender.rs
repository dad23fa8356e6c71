//! SQL: bodies that are stored already, rendered again.
//!
//! Only what a renderer makes is written: its texts, links and warnings. What the site said, and when the mirror
//! saw it, stays as it is.

use rusqlite::{Connection, Row, Transaction, named_params};

use crate::model::{Body, ContentId, SpaceKey, Timestamp};

use super::batch::Rendering;
use super::bodies;
use super::columns::integer;
use super::links::Settler;
use super::sites::SiteNumber;
use super::{Error, Store};
use super::{prepare, texts};

/// Bodies of a batch at most.
const MOST_BODIES: usize = 250;
/// Bytes of bodies after which a batch ends early, so that a few huge pages do not fill the memory.
const MOST_BYTES: usize = 16 << 20;

/// Which stored bodies to render again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outdated {
    /// Those that a renderer older than this version rendered last.
    OlderThan(u32),
    /// All.
    Everything,
}

impl Outdated {
    /// The version below which renderings are outdated.
    fn below(self) -> i64 {
        match self {
            Self::OlderThan(version) => version.into(),
            Self::Everything => i64::MAX,
        }
    }
}

/// A place in the order in which stored bodies are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyPlace(i64);

/// A body as it is stored, and what its links are relative to.
#[derive(Clone, Debug)]
pub struct StoredBody {
    row: i64,
    site: SiteNumber,
    title: String,
    /// The content it belongs to.
    pub content: ContentId,
    /// Where its site's pages are, such as `https://acme.atlassian.net/wiki`.
    pub wiki_url: String,
    /// Key of the space that holds it; empty while that is unknown.
    pub space_key: SpaceKey,
    /// The body.
    pub body: Body,
}

/// Some stored bodies.
#[derive(Clone, Debug, Default)]
pub struct StoredBodies {
    /// Those that are whole.
    pub bodies: Vec<StoredBody>,
    /// What those that are not belong to.
    pub damaged: Vec<ContentId>,
    /// Where to read on; nothing at the end.
    pub next: Option<BodyPlace>,
}

impl Store {
    /// Writes what a renderer made of bodies that are stored already, in one transaction. For a time when nothing
    /// else writes: the bodies must be as they were read.
    pub async fn apply_renderings(
        &self,
        renderings: Vec<(StoredBody, Rendering)>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.writer
            .transaction("apply renderings", move |tx| apply(tx, &renderings, at))
            .await
    }
}

/// How many bodies are outdated.
pub(super) fn count(conn: &Connection, outdated: Outdated) -> rusqlite::Result<u64> {
    let count: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM contents JOIN bodies ON bodies.id = contents.id
             WHERE contents.renderer < ?",
        )?
        .query_row([outdated.below()], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

/// The outdated bodies from a place on, as many as a batch holds.
pub(super) fn read(conn: &Connection, outdated: Outdated, from: BodyPlace) -> rusqlite::Result<StoredBodies> {
    // `CROSS` and the sign keep SQLite from sorting everything by way of a site or of the renderer, batch after batch.
    let mut statement = conn.prepare_cached(
        "SELECT contents.id AS number, contents.site, contents.content_id, contents.title,
             'https://' || sites.domain || '/wiki' AS wiki_url, coalesce(spaces.key, '') AS space_key,
             bodies.format, bodies.sha256, bodies.size, bodies.zstd
         FROM contents
         CROSS JOIN bodies ON bodies.id = contents.id
         CROSS JOIN sites ON sites.id = contents.site
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         WHERE contents.id > :from AND +contents.renderer < :below
         ORDER BY contents.id
         LIMIT :limit",
    )?;
    let mut rows = statement.query(named_params! {
        ":from": from.0,
        ":below": outdated.below(),
        ":limit": integer(MOST_BODIES),
    })?;
    let mut read = StoredBodies::default();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let place = BodyPlace(row.get("number")?);
        read.next = Some(place);
        match bodies::intact(row)? {
            Ok(text) => {
                bytes += text.len();
                read.bodies.push(stored(row, place, text)?);
            }
            Err(_) => read
                .damaged
                .push(ContentId::new(row.get::<_, String>("content_id")?)),
        }
        if bytes >= MOST_BYTES {
            break;
        }
    }
    Ok(read)
}

fn stored(row: &Row<'_>, place: BodyPlace, text: String) -> rusqlite::Result<StoredBody> {
    Ok(StoredBody {
        row: place.0,
        site: row.get("site")?,
        title: row.get("title")?,
        content: ContentId::new(row.get::<_, String>("content_id")?),
        wiki_url: row.get("wiki_url")?,
        space_key: SpaceKey::new(row.get::<_, String>("space_key")?),
        body: bodies::in_format(row.get_ref("format")?.as_str()?, text),
    })
}

/// Writes new renderings in place of those before.
pub(super) fn apply(
    tx: &Transaction<'_>,
    renderings: &[(StoredBody, Rendering)],
    at: Timestamp,
) -> rusqlite::Result<()> {
    let mut written = Vec::with_capacity(renderings.len());
    for of_site in renderings.chunk_by(|(a, _), (b, _)| a.site == b.site) {
        let Some((first, _)) = of_site.first() else {
            continue;
        };
        let settler = Settler::new(tx, first.site)?.following_earlier();
        for (stored, rendering) in of_site {
            note(tx, stored, rendering)?;
            written.push(texts::settle(
                tx,
                &settler,
                stored.row,
                &stored.title,
                rendering,
                None,
                at,
            )?);
        }
    }
    texts::put(tx, &written)
}

fn note(tx: &Transaction<'_>, stored: &StoredBody, rendering: &Rendering) -> rusqlite::Result<()> {
    let digest = prepare::digest(Some(&stored.body), rendering);
    tx.prepare_cached("UPDATE contents SET renderer = ?, rendering = ? WHERE id = ?")?
        .execute((rendering.renderer, digest, stored.row))?;
    Ok(())
}
