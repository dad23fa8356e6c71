//! What the next commits are about: decided from what the export wrote and what was committed of it.

use crate::export::manifest::{Committed, Record};
use crate::export::saved::Saved;

/// What becomes of a path in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It holds what the folder holds, which has this digest.
    Put { path: String, sha256: String },
    /// It goes.
    Drop { path: String },
}

/// A change, and the edit that brought it; nothing for what nobody wrote: pages that moved along with another, texts
/// that are rendered in another way, comments, what is gone.
pub(super) type Due = (Option<Saved>, Change);

/// What is to be committed about one thing, from its records.
pub(super) fn due(records: &[Record]) -> Vec<Due> {
    let committed = |saved: &Saved| {
        let of = |record: &Record| record.committed.as_ref().and_then(|committed| committed.at);
        records.iter().any(|record| of(record) == Some(saved.at))
    };
    let mut due = Vec::new();
    let mut edit = None;
    for record in records {
        let Some(sha256) = &record.sha256 else { continue };
        if record
            .committed
            .as_ref()
            .is_some_and(|committed| committed.sha256 == *sha256)
        {
            continue;
        }
        let saved = record.saved.clone().filter(|saved| !committed(saved));
        edit = edit.or_else(|| saved.clone());
        let change = Change::Put {
            path: record.path.clone(),
            sha256: sha256.clone(),
        };
        due.push((saved, change));
    }
    let gone = records.iter().filter(|record| record.sha256.is_none());
    let gone = gone.filter(|record| {
        let is_back = |other: &Record| other.path == record.path && other.sha256.is_some();
        record.committed.is_some() && !records.iter().any(is_back)
    });
    for record in gone {
        let path = record.path.clone();
        due.push((edit.clone(), Change::Drop { path }));
    }
    due
}

/// What is known to be committed once `due` is.
pub(super) fn settled(record: Record) -> Option<Record> {
    let sha256 = record.sha256.clone()?;
    let at = record.saved.as_ref().map(|saved| saved.at);
    Some(Record {
        committed: Some(Committed { sha256, at }),
        ..record
    })
}

#[cfg(test)]
mod tests {
    use super::{Change, due};
    use crate::export::manifest::{Committed, Record};
    use crate::export::saved::Saved;
    use crate::model::Timestamp;

    fn at(minute: u8) -> Timestamp {
        format!("2026-03-01T09:{minute:02}:00Z").parse().unwrap()
    }

    fn record(path: &str, sha256: Option<&str>, minute: u8, committed: Option<(&str, u8)>) -> Record {
        Record {
            path: path.to_owned(),
            sha256: sha256.map(str::to_owned),
            saved: Some(Saved {
                at: at(minute),
                by: String::new(),
                account: String::new(),
                what: String::new(),
            }),
            committed: committed.map(|(sha256, minute)| Committed {
                sha256: sha256.to_owned(),
                at: Some(at(minute)),
            }),
            ..Record::default()
        }
    }

    /// Each change as its path, `-` before what goes, and the minute of its edit behind it.
    fn read(records: &[Record]) -> Vec<String> {
        let read = |(saved, change): &(Option<Saved>, Change)| {
            let what = match change {
                Change::Put { path, .. } => path.clone(),
                Change::Drop { path } => format!("-{path}"),
            };
            let minute = saved
                .as_ref()
                .map(|saved| saved.at.as_utc().format(" %M").to_string());
            what + &minute.unwrap_or_default()
        };
        due(records).iter().map(read).collect()
    }

    #[test]
    fn an_edit_is_its_authors_and_all_else_is_nobodys() {
        for (records, expected) in [
            // New, unchanged, edited, rendered in another way.
            (vec![record("a", Some("1"), 1, None)], vec!["a 01"]),
            (vec![record("a", Some("1"), 1, Some(("1", 1)))], vec![]),
            (vec![record("a", Some("2"), 2, Some(("1", 1)))], vec!["a 02"]),
            (vec![record("a", Some("2"), 1, Some(("1", 1)))], vec!["a"]),
            // Gone; gone before it was committed.
            (vec![record("a", None, 1, Some(("1", 1)))], vec!["-a"]),
            (vec![record("a", None, 1, None)], vec![]),
            // Renamed by an edit; moved along with the page above.
            (
                vec![
                    record("b", Some("2"), 2, None),
                    record("a", None, 1, Some(("1", 1))),
                ],
                vec!["b 02", "-a 02"],
            ),
            (
                vec![
                    record("b", Some("1"), 1, None),
                    record("a", None, 1, Some(("1", 1))),
                ],
                vec!["b", "-a"],
            ),
            // A file that was put beside a page.
            (
                vec![
                    record("a", Some("2"), 1, Some(("1", 1))),
                    record("f", Some("9"), 5, None),
                ],
                vec!["a", "f 05"],
            ),
        ] {
            assert_eq!(read(&records), expected, "{records:?}");
        }
    }
}
