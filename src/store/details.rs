//! SQL: what has been looked up content by content.

use rusqlite::{Transaction, named_params};

use crate::model::{AccountId, CloudId, Detail, Looked, Property, Restriction, RunId, Timestamp};

use super::due::{self, Due};
use super::sites::{self, SiteNumber};
use super::{Error, Store, labels, people, texts};

impl Store {
    /// Writes what was looked up in place of what was known before, and notes that it is not due any more. Nothing for
    /// a detail leaves what is known. Says how much content differed.
    pub async fn apply_details(
        &self,
        site: &CloudId,
        run: RunId,
        detail: Detail,
        looked: Vec<(Due, Option<Looked>)>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let site = site.clone();
        self.writer
            .transaction("apply what was looked up", move |tx| {
                let site = sites::number(tx, &site)?;
                let mut changed = Vec::new();
                for (content, looked) in &looked {
                    if let Some(looked) = looked
                        && put(tx, site, run, content.row, looked, at)?
                    {
                        changed.push(content.row);
                    }
                }
                texts::annotate(tx, &changed)?;
                let rows = looked.iter().map(|(content, _)| content.row);
                due::clear(tx, site, detail, rows)?;
                Ok(changed.len() as u64)
            })
            .await
    }
}

/// Writes a detail in place of the one before, and says whether they differ.
fn put(
    tx: &Transaction<'_>,
    site: SiteNumber,
    run: RunId,
    content: i64,
    looked: &Looked,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    match looked {
        Looked::Labels(labels) => labels::replace(tx, run, content, labels),
        Looked::Properties(properties) => put_properties(tx, content, properties),
        Looked::Restrictions(readers) => {
            for reader in readers.iter().filter(|reader| !reader.is_group) {
                people::mention(tx, site, &AccountId::new(&*reader.id), at)?;
            }
            put_restrictions(tx, content, readers)
        }
    }
}

fn put_properties(tx: &Transaction<'_>, content: i64, properties: &[Property]) -> rusqlite::Result<bool> {
    let mut written = 0;
    for property in properties {
        written += tx
            .prepare_cached(
                "INSERT INTO properties (content, key, value, version) VALUES (:content, :key, :value, :version)
                 ON CONFLICT (content, key) DO UPDATE SET value = excluded.value, version = excluded.version
                 WHERE (value, version) IS NOT (excluded.value, excluded.version)",
            )?
            .execute(named_params! {
                ":content": content, ":key": property.key, ":value": property.value, ":version": property.version,
            })?;
    }
    let keys: serde_json::Value = properties.iter().map(|property| property.key.as_str()).collect();
    written += tx
        .prepare_cached(
            "DELETE FROM properties WHERE content = ? AND key NOT IN (SELECT value FROM json_each(?))",
        )?
        .execute((content, keys.to_string()))?;
    Ok(written > 0)
}

fn put_restrictions(tx: &Transaction<'_>, content: i64, readers: &[Restriction]) -> rusqlite::Result<bool> {
    let kind = |reader: &Restriction| if reader.is_group { "group" } else { "user" };
    let mut written = 0;
    for reader in readers {
        written += tx
            .prepare_cached(
                "INSERT INTO restrictions (content, kind, reader_id, name) VALUES (:content, :kind, :id, :name)
                 ON CONFLICT (content, kind, reader_id) DO UPDATE SET name = excluded.name
                 WHERE name <> excluded.name",
            )?
            .execute(named_params! {
                ":content": content, ":kind": kind(reader), ":id": reader.id, ":name": reader.name,
            })?;
    }
    let kept: serde_json::Value = readers
        .iter()
        .map(|reader| serde_json::json!([kind(reader), reader.id]))
        .collect();
    written += tx
        .prepare_cached(
            "DELETE FROM restrictions WHERE content = ? AND (kind, reader_id) NOT IN (
                 SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        )?
        .execute((content, kept.to_string()))?;
    Ok(written > 0)
}
