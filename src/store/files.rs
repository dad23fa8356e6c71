//! SQL: which files of attachments are wanted, and which are there.

use std::collections::BTreeSet;
use std::io;

use rusqlite::{Connection, Transaction, named_params};

use crate::model::{AnnexKind, CloudId, ContentId, FindingKind, Timestamp};

use super::blobs::Blobs;
use super::columns::integer;
use super::flaws::{Flaw, FlawKind};
use super::sites::{self, SiteNumber};
use super::{Error, Reader, Store, findings};

/// A file that is not here yet, or only in an older version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedFile {
    /// The number of the attachment in this file: where a list of wanted files goes on.
    pub row: i64,
    /// The attachment.
    pub id: ContentId,
    /// The content it hangs on.
    pub page: ContentId,
    /// Its newest version.
    pub version: u32,
    /// How large the file is, in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
}

impl Reader {
    /// The files of attachments that are missing, or not what was downloaded.
    pub fn check_files(&self, blobs: &Blobs) -> Result<Vec<Flaw>, Error> {
        let mut flaws = Vec::new();
        for digest in self.read("list the files of attachments", |tx| referred(tx))? {
            let found = blobs.digest(&digest).map_err(|source| Error::File {
                doing: "read the file",
                path: blobs.path(&digest),
                source,
            })?;
            let detail = match found {
                Some(found) if found == digest => continue,
                Some(_) => "the file is not the one that was downloaded",
                None => "the file is missing",
            };
            flaws.push(Flaw {
                kind: FlawKind::File,
                subject: digest,
                detail: detail.to_owned(),
                row: None,
            });
        }
        Ok(flaws)
    }
}

impl Store {
    /// Removes the files that nothing refers to, and says how many. Not beside a run, which may be about to refer.
    pub async fn sweep_files(&self) -> Result<u64, Error> {
        let referred = self
            .writer
            .transaction("list the files of attachments", |tx| referred(tx))
            .await?;
        let blobs = self.blobs();
        let sweep = move || {
            let unused = blobs
                .all()?
                .into_iter()
                .filter(|(digest, _)| !referred.contains(digest));
            let mut removed = 0;
            for (digest, _) in unused {
                blobs.remove(&digest)?;
                removed += 1;
            }
            Ok(removed)
        };
        let swept = tokio::task::spawn_blocking(sweep)
            .await
            .map_err(|_| Error::Closed)?;
        swept.map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: io::Error) -> Error {
        Error::File {
            doing: "tidy up the files of attachments in",
            path: self.dir().to_owned(),
            source,
        }
    }

    /// The folder of the files of attachments.
    pub fn blobs(&self) -> Blobs {
        Blobs::new(self.dir())
    }

    /// Up to `limit` wanted files of at most `max_size` bytes, of living attachments of living content, after the
    /// one with the number `after`.
    pub async fn wanted_files(
        &self,
        site: &CloudId,
        max_size: u64,
        after: i64,
        limit: usize,
    ) -> Result<Vec<WantedFile>, Error> {
        let site = site.clone();
        self.writer
            .transaction("list wanted files", move |tx| {
                let site = sites::number(tx, &site)?;
                wanted(tx, site, max_size, after, limit)
            })
            .await
    }

    /// Refers to a file that is durable, and closes the finding that it was missing.
    pub async fn keep_file(&self, file: WantedFile, sha256: String, at: Timestamp) -> Result<(), Error> {
        self.writer
            .transaction("keep a file", move |tx| keep(tx, &file, &sha256, at))
            .await
    }

    /// Forgets and removes the files of these flaws, so that the next run downloads them again.
    pub async fn repair_files(&self, flaws: &[Flaw]) -> Result<(), Error> {
        let of_files = flaws.iter().filter(|flaw| flaw.kind == FlawKind::File);
        let digests: Vec<_> = of_files.map(|flaw| flaw.subject.clone()).collect();
        let blobs = self.blobs();
        for digest in &digests {
            blobs.remove(digest).map_err(|source| self.unusable(source))?;
        }
        self.writer
            .transaction("forget files", move |tx| forget(tx, &digests))
            .await
    }
}

pub(super) fn wanted(
    conn: &Connection,
    site: SiteNumber,
    max_size: u64,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<WantedFile>> {
    conn.prepare_cached(
        "SELECT it.id, it.attachment_id, it.page_id, it.version, it.file_size, it.media_type
         FROM attachments AS it INDEXED BY attachments_wanted
         CROSS JOIN contents ON contents.site = it.site AND contents.content_id = it.page_id
         WHERE it.site = :site AND it.id > :after AND it.gone_at IS NULL AND contents.gone_at IS NULL
             AND it.file_version IS NOT it.version AND it.file_size <= :max_size
         ORDER BY it.id LIMIT :limit",
    )?
    .query_map(
        named_params! {
            ":site": site,
            ":after": after,
            ":max_size": i64::try_from(max_size).unwrap_or(i64::MAX),
            ":limit": integer(limit),
        },
        |row| {
            Ok(WantedFile {
                row: row.get("id")?,
                id: ContentId::new(row.get::<_, String>("attachment_id")?),
                page: ContentId::new(row.get::<_, String>("page_id")?),
                version: row.get("version")?,
                size: row.get::<_, i64>("file_size")?.cast_unsigned(),
                media_type: row.get("media_type")?,
            })
        },
    )?
    .collect()
}

fn keep(tx: &Transaction<'_>, file: &WantedFile, sha256: &str, at: Timestamp) -> rusqlite::Result<()> {
    let site: SiteNumber = tx
        .prepare_cached(
            "UPDATE attachments SET sha256 = :sha256, file_version = :version, last_seen = :at WHERE id = :row
             RETURNING site",
        )?
        .query_row(
            named_params! { ":sha256": sha256, ":version": file.version, ":at": at.to_string(), ":row": file.row },
            |row| row.get(0),
        )?;
    let settled = (FindingKind::FileMissing, AnnexKind::Attachment.subject(&file.id));
    findings::close(tx, site, &[settled], at)
}

fn forget(tx: &Transaction<'_>, digests: &[String]) -> rusqlite::Result<()> {
    let mut statement =
        tx.prepare_cached("UPDATE attachments SET sha256 = NULL, file_version = NULL WHERE sha256 = ?")?;
    for digest in digests {
        statement.execute([digest])?;
    }
    Ok(())
}

/// The digests that rows refer to.
pub(super) fn referred(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    conn.prepare_cached("SELECT DISTINCT sha256 FROM attachments WHERE sha256 IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect()
}
