//! Applies a batch of content.
//!
//! In three rounds. All rows are placed before any text is written, so that links among the batch's own pages
//! find each other; and links of older pages are looked at last, once the new titles stand.

use std::mem;

use rusqlite::Transaction;

use crate::model::{ContentKind, Counts};

use super::batch::{ContentBatch, ContentWrite};
use super::contents::{self, Effect, Placed};
use super::links::Settler;
use super::prepare::Prepared;
use super::sites::{self, SiteNumber};
use super::texts::Text;
use super::{due, findings, people, progress, spending, texts};

pub(super) fn apply(tx: &Transaction<'_>, batch: &ContentBatch) -> rusqlite::Result<Counts> {
    let site = sites::number(tx, &batch.site)?;
    let prepared = Prepared::of_all(&batch.writes)?;
    let mut placed = Vec::with_capacity(batch.writes.len());
    for (write, prepared) in batch.writes.iter().zip(&prepared) {
        let content = &write.content;
        placed.push(contents::place(tx, site, batch.run, batch.at, write, prepared)?);
        findings::settle(tx, site, &content.id, prepared.body.is_some(), batch.at)?;
    }
    let mut counts = Counts::default();
    let mut round = Round {
        tx,
        site,
        batch,
        settler: Settler::new(tx, site)?,
        texts: Vec::with_capacity(batch.writes.len()),
    };
    for ((write, prepared), placed) in batch.writes.iter().zip(&prepared).zip(&placed) {
        round.write(write, prepared, placed, &mut counts)?;
    }
    texts::put(tx, &round.texts)?;
    texts::annotate(tx, &added_or_changed(&placed))?;
    for (write, placed) in batch.writes.iter().zip(&placed) {
        round.meet(write, placed)?;
    }
    let opened = findings::record(tx, site, batch.run, &batch.findings, batch.at)?;
    counts.findings += opened.len() as u64;
    if let Some((kind, mode, checkpoint)) = &batch.checkpoint {
        progress::set_checkpoint(tx, site, *kind, *mode, checkpoint)?;
    }
    if let Some(spending) = &batch.spending {
        spending::note(tx, spending)?;
    }
    Ok(counts)
}

/// New content may have comments and attachments that came before it, and what has changed may have changed only in what
/// it is filtered by.
fn added_or_changed(placed: &[Placed]) -> Vec<i64> {
    let differ = |placed: &&Placed| matches!(placed.effect, Effect::Added | Effect::Changed);
    placed.iter().filter(differ).map(|placed| placed.id).collect()
}

/// What the rounds over a batch share.
struct Round<'a> {
    tx: &'a Transaction<'a>,
    site: SiteNumber,
    batch: &'a ContentBatch,
    settler: Settler<'a>,
    texts: Vec<Text<'a>>,
}

impl<'a> Round<'a> {
    /// Second round: the authors, body and links of one piece of content.
    fn write(
        &mut self,
        write: &'a ContentWrite,
        prepared: &'a Prepared,
        placed: &Placed,
        counts: &mut Counts,
    ) -> rusqlite::Result<()> {
        let content = &write.content;
        if placed.effect == Effect::Stale {
            return Ok(());
        }
        for account in [&content.author, &content.version.author].into_iter().flatten() {
            people::mention(self.tx, self.site, account, self.batch.at)?;
        }
        // Should the answer name it twice, the first text must be there for the second to change.
        if self.texts.iter().any(|text| text.id == placed.id) {
            texts::put(self.tx, &mem::take(&mut self.texts))?;
        }
        let is_written = texts::write(
            self.tx,
            &self.settler,
            &mut self.texts,
            write,
            prepared,
            placed,
            self.batch.at,
        )?;
        if matches!(placed.effect, Effect::Added | Effect::Changed) {
            due::add(self.tx, self.site, &self.batch.details, placed.id, self.batch.run)?;
        }
        counts.added += u64::from(placed.effect == Effect::Added);
        counts.changed +=
            u64::from(placed.effect == Effect::Changed || (placed.effect == Effect::Unchanged && is_written));
        counts.buried += u64::from(placed.is_newly_buried);
        Ok(())
    }

    /// Third round: links of other pages that waited for this title.
    fn meet(&mut self, write: &ContentWrite, placed: &Placed) -> rusqlite::Result<()> {
        let content = &write.content;
        let is_linked_by_title = matches!(content.kind, ContentKind::Page | ContentKind::BlogPost);
        if placed.is_new_target && is_linked_by_title && content.status.is_alive() {
            self.settler.meet(content)?;
        }
        Ok(())
    }
}
