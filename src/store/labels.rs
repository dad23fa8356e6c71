//! SQL: which content carries which label.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::model::{CloudId, ContentId, Detail, Label, LabelCensus, LabelId, RunId, Timestamp};

use super::due;
use super::sites::{self, SiteNumber};
use super::{Error, Store, texts};

/// A pass over all labels of a site, label by label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelPass {
    /// The run that began it.
    pub run: RunId,
    /// The last label that it has finished.
    pub done: LabelId,
}

impl Store {
    /// What decides how labels are looked up.
    pub async fn label_census(&self, site: &CloudId) -> Result<LabelCensus, Error> {
        let site = site.clone();
        self.writer
            .transaction("count labels", move |tx| census(tx, sites::number(tx, &site)?))
            .await
    }

    /// The unfinished pass over all labels.
    pub async fn label_pass(&self, site: &CloudId) -> Result<Option<LabelPass>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read a checkpoint", move |tx| pass(tx, sites::number(tx, &site)?))
            .await
    }

    /// Notes that this content carries the label, and, if that is all of it, that the pass has finished the label.
    /// Says how much content carried it newly.
    pub async fn sight_label(
        &self,
        site: &CloudId,
        run: RunId,
        label: Label,
        contents: Vec<ContentId>,
        is_done: bool,
    ) -> Result<u64, Error> {
        let site = site.clone();
        self.writer
            .transaction("note what carries a label", move |tx| {
                let site = sites::number(tx, &site)?;
                let changed = sight(tx, site, run, &label, &contents)?;
                if is_done {
                    set_pass(tx, site, run, &label.id)?;
                }
                Ok(changed)
            })
            .await
    }

    /// Ends a pass over all labels: what was due when it began has been looked up. What it did not find where the
    /// mirror has it is due, to be asked for itself: that a listing lacks it is no proof.
    pub async fn finish_label_pass(
        &self,
        site: &CloudId,
        pass: RunId,
        run: RunId,
        labels: Vec<LabelId>,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("finish a pass over labels", move |tx| {
                let site = sites::number(tx, &site)?;
                due::clear_until(tx, site, Detail::Labels, pass)?;
                doubt(tx, site, pass, run)?;
                drop_pass(tx, site)?;
                forget(tx, site)?;
                remember(tx, site, &labels)
            })
            .await
    }

    /// Ends a look at what was modified lately and carries a label, which reached back behind all that is due. Where it
    /// did not find a label that the mirror has, the content stays due, to be asked for itself.
    pub async fn finish_recent_labels(
        &self,
        site: &CloudId,
        run: RunId,
        labels: Vec<LabelId>,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("finish a look at recent labels", move |tx| {
                let site = sites::number(tx, &site)?;
                due::clear_labelled(tx, site, run)?;
                forget(tx, site)?;
                remember(tx, site, &labels)
            })
            .await
    }

    /// The labels that the site had when they were last listed.
    pub async fn known_labels(&self, site: &CloudId) -> Result<BTreeSet<LabelId>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read known labels", move |tx| {
                known(tx, sites::number(tx, &site)?)
            })
            .await
    }

    /// Notes that the site has these labels.
    pub async fn remember_labels(&self, site: &CloudId, labels: Vec<LabelId>) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("remember labels", move |tx| {
                remember(tx, sites::number(tx, &site)?, &labels)
            })
            .await
    }
}

fn census(conn: &Connection, site: SiteNumber) -> rusqlite::Result<LabelCensus> {
    let count = |sql: &str| -> rusqlite::Result<u64> {
        let count: i64 = conn.prepare_cached(sql)?.query_row([site], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    };
    let (due, eldest_due) = due::count(conn, site, Detail::Labels)?;
    let labels = count("SELECT count(*) FROM known_labels WHERE site = ?")?;
    if due == 0 {
        return Ok(LabelCensus {
            labels,
            ..LabelCensus::default()
        });
    }
    Ok(LabelCensus {
        contents: count(
            "SELECT count(*) FROM contents WHERE site = ? AND gone_at IS NULL AND kind IN ('page', 'blogpost')",
        )?,
        uses: count(
            "SELECT count(*) FROM labels JOIN contents ON contents.id = labels.content
             WHERE contents.site = ? AND contents.gone_at IS NULL",
        )?,
        due,
        eldest_due,
        modified_since: match eldest_due {
            Some(eldest) => modified_since(conn, eldest)?,
            None => 0,
        },
        labels,
    })
}

/// How much content was modified since then. Of whatever site, so that nothing but the index is read.
fn modified_since(conn: &Connection, since: Timestamp) -> rusqlite::Result<u64> {
    let count: i64 = conn
        .prepare_cached("SELECT count(*) FROM contents WHERE modified_at >= ?")?
        .query_row([since.to_string()], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

fn sight(
    tx: &Transaction<'_>,
    site: SiteNumber,
    run: RunId,
    label: &Label,
    contents: &[ContentId],
) -> rusqlite::Result<u64> {
    let mut row_of = tx.prepare_cached("SELECT id FROM contents WHERE site = ? AND content_id = ?")?;
    let mut changed = Vec::new();
    for content in contents {
        let row: Option<i64> = row_of
            .query_row((site, content.as_str()), |row| row.get(0))
            .optional()?;
        if let Some(row) = row
            && put(tx, run, row, label)?
        {
            changed.push(row);
        }
    }
    texts::annotate(tx, &changed)?;
    Ok(changed.len() as u64)
}

/// Writes a label of content, and says whether it is new there.
fn put(tx: &Transaction<'_>, run: RunId, content: i64, label: &Label) -> rusqlite::Result<bool> {
    let stamped = tx
        .prepare_cached(
            "UPDATE labels SET sighted_in = max(sighted_in, :run)
             WHERE content = :content AND name = :name AND prefix = :prefix",
        )?
        .execute(named_params! {
            ":run": run.0, ":content": content, ":name": label.name, ":prefix": label.prefix,
        })?;
    if stamped > 0 {
        return Ok(false);
    }
    tx.prepare_cached("INSERT INTO labels (content, name, prefix, sighted_in) VALUES (?, ?, ?, ?)")?
        .execute((content, &label.name, &label.prefix, run.0))?;
    Ok(true)
}

/// Writes all labels of content in place of those before, and says whether they differ.
pub(super) fn replace(
    tx: &Transaction<'_>,
    run: RunId,
    content: i64,
    labels: &[Label],
) -> rusqlite::Result<bool> {
    let mut is_changed = false;
    for label in labels {
        is_changed |= put(tx, run, content, label)?;
    }
    let pairs: Vec<_> = labels.iter().map(|label| (&label.name, &label.prefix)).collect();
    let kept = serde_json::to_string(&pairs)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let removed = tx
        .prepare_cached(
            "DELETE FROM labels WHERE content = ? AND (name, prefix) NOT IN (
                 SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        )?
        .execute((content, kept))?;
    Ok(is_changed || removed > 0)
}

/// Makes due what carries a label here that the pass did not find there.
fn doubt(tx: &Transaction<'_>, site: SiteNumber, pass: RunId, run: RunId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO due (site, detail, content, run)
         SELECT DISTINCT contents.site, :detail, contents.id, :run FROM labels
         JOIN contents ON contents.id = labels.content
         WHERE labels.sighted_in < :pass AND contents.site = :site AND contents.gone_at IS NULL",
    )?
    .execute(named_params! {
        ":detail": Detail::Labels.as_str(), ":run": run.0, ":pass": pass.0, ":site": site,
    })?;
    Ok(())
}

fn pass(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Option<LabelPass>> {
    conn.prepare_cached("SELECT pass, done FROM label_passes WHERE site = ?")?
        .query_row([site], |row| {
            Ok(LabelPass {
                run: RunId(row.get("pass")?),
                done: LabelId::new(row.get::<_, String>("done")?),
            })
        })
        .optional()
}

/// A label's id is where the pass goes on.
fn set_pass(tx: &Transaction<'_>, site: SiteNumber, pass: RunId, done: &LabelId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO label_passes (site, pass, done) VALUES (:site, :pass, :done)
         ON CONFLICT (site) DO UPDATE SET pass = excluded.pass, done = excluded.done",
    )?
    .execute(named_params! { ":site": site, ":pass": pass.0, ":done": done.as_str() })?;
    Ok(())
}

fn drop_pass(tx: &Transaction<'_>, site: SiteNumber) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM label_passes WHERE site = ?")?
        .execute([site])?;
    Ok(())
}

fn known(conn: &Connection, site: SiteNumber) -> rusqlite::Result<BTreeSet<LabelId>> {
    conn.prepare_cached("SELECT label_id FROM known_labels WHERE site = ?")?
        .query_map([site], |row| row.get(0).map(|id: String| LabelId::new(id)))?
        .collect()
}

fn forget(tx: &Transaction<'_>, site: SiteNumber) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM known_labels WHERE site = ?")?
        .execute([site])?;
    Ok(())
}

fn remember(tx: &Transaction<'_>, site: SiteNumber, labels: &[LabelId]) -> rusqlite::Result<()> {
    let mut statement =
        tx.prepare_cached("INSERT OR IGNORE INTO known_labels (site, label_id) VALUES (?, ?)")?;
    for label in labels {
        statement.execute((site, label.as_str()))?;
    }
    Ok(())
}
