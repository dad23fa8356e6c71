//! Reads a backup back: every byte of it, and what the database says of itself.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::store::{self, DATABASE, Flaw, FlawKind, Reader};

use super::hashing::{self, Sum};
use super::manifest::{LIST, Manifest, listed};
use super::pacing::Paced;
use super::pool::Pool;
use super::shelf::{self, SCRATCH};
use super::{Error, Event};

/// Problems that are named one by one.
const MOST_PROBLEMS: usize = 20;
/// Digests that are read from the database at once.
const BATCH: usize = 1_000;

/// A backup that is what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Where it is.
    pub path: PathBuf,
    /// The sites in it.
    pub sites: Vec<String>,
    /// Pages and other content in it.
    pub contents: u64,
    /// Files of attachments.
    pub attachments: u64,
    /// Files of attachments that the mirror had lost when it was taken.
    pub lacking: u64,
    /// What was wrong with the mirror itself when it was taken, and can be mended once it is restored.
    pub flaws: Vec<String>,
}

/// The backup that a path means: itself, or the newest in it.
pub fn find(path: &Path) -> Result<PathBuf, Error> {
    // `.` and the like have a name only once they are resolved.
    let path = fs::canonicalize(path).map_err(Error::io("read", path))?;
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    if shelf::taken_at(name).is_some() {
        return Ok(path);
    }
    match shelf::backups(&path)?.last() {
        Some(newest) => Ok(path.join(shelf::name(*newest))),
        None => Err(Error::NoBackup { path }),
    }
}

/// Reads everything back, and says what is wrong with which file.
pub fn verify(backup: &Path, tell: &mut dyn FnMut(Event)) -> Result<Verified, Error> {
    let _lock = shelf::reading(backup.parent().unwrap_or(backup))?;
    let mut problems = Vec::new();
    let verified = look(backup, &mut problems, tell)?;
    match verified {
        Some(verified) if problems.is_empty() => Ok(verified),
        _ => Err(Error::Damaged {
            path: backup.to_owned(),
            problems,
        }),
    }
}

fn look(
    backup: &Path,
    problems: &mut Vec<String>,
    tell: &mut dyn FnMut(Event),
) -> Result<Option<Verified>, Error> {
    let manifest = match Manifest::read(backup) {
        Ok(manifest) => manifest,
        Err(problem) => {
            problems.push(problem);
            return Ok(None);
        }
    };
    let is_listed = files(backup, &manifest, problems, tell)?;
    let scratch = scratch(backup)?;
    let flaws = match unpack(backup, &manifest, &scratch.path().join(DATABASE)) {
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
        Ok(()) if is_listed => database(backup, &manifest, scratch.path(), problems)?,
        Ok(()) => Vec::new(),
    };
    Ok(Some(Verified {
        path: backup.to_owned(),
        contents: manifest.holdings.get("contents").copied().unwrap_or_default(),
        sites: manifest.sites,
        attachments: manifest.attachments.count,
        lacking: manifest.attachments.lacking,
        flaws,
    }))
}

/// A folder for what is unpacked, beside the backup, or elsewhere where nothing can be written there.
fn scratch(backup: &Path) -> Result<tempfile::TempDir, Error> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(SCRATCH);
    let beside = backup.parent().map(|folder| builder.tempdir_in(folder));
    match beside {
        Some(Ok(scratch)) => Ok(scratch),
        _ => builder.tempdir().map_err(Error::io("write beside", backup)),
    }
}

/// Compares the list of the files of attachments, and each of them. Says whether the list is as it was written.
fn files(
    backup: &Path,
    manifest: &Manifest,
    problems: &mut Vec<String>,
    tell: &mut dyn FnMut(Event),
) -> Result<bool, Error> {
    let expected = &manifest.attachments;
    if let Some(problem) = differs(&backup.join(LIST), LIST, &expected.list) {
        problems.push(problem);
        return Ok(false);
    }
    let pool = Pool::of(backup.parent().unwrap_or(backup));
    let mut seen = 0;
    for listed in listed(backup)? {
        let listed = listed?;
        let Some(size) = listed.size else { continue };
        let sum = Sum {
            size,
            sha256: listed.sha256.clone(),
        };
        let place = pool.place(&listed.sha256);
        let name = format!("attachments/{}/{}", &listed.sha256[..2], listed.sha256);
        let problem = differs(&place, &name, &sum);
        if problems.len() < MOST_PROBLEMS {
            problems.extend(problem);
        }
        seen += 1;
        tell(Event::Attachments(seen));
    }
    Ok(true)
}

/// What is wrong with a file.
fn differs(path: &Path, name: &str, expected: &Sum) -> Option<String> {
    match File::open(path).and_then(hashing::sum) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{name} is missing")),
        Err(error) => Some(format!("{name}: {error}")),
        Ok(sum) if sum == *expected => None,
        Ok(sum) if sum.size < expected.size => Some(format!(
            "{name} is cut off: {} of {} bytes are there",
            sum.size, expected.size
        )),
        Ok(_) => Some(format!("{name} is not as it was written")),
    }
}

/// Puts the database of a backup at `to`, and says what is wrong with its file.
pub(super) fn unpack(backup: &Path, manifest: &Manifest, to: &Path) -> Result<(), String> {
    let stored = &manifest.database;
    let is_plain = stored.file == DATABASE;
    if !is_plain && stored.file != format!("{DATABASE}.zst") {
        return Err(format!("{} is no name of a database", stored.file));
    }
    let path = backup.join(&stored.file);
    if let Some(problem) = differs(&path, &stored.file, &stored.stored) {
        return Err(problem);
    }
    let failed = |error: io::Error| format!("{}: {error}", stored.file);
    let (from, to) = (
        File::open(&path).map_err(failed)?,
        Paced::create(to).map_err(failed)?,
    );
    let plain = if is_plain {
        hashing::copy(from, to)
    } else {
        zstd::Decoder::new(from).and_then(|from| hashing::copy(from, to))
    };
    match plain.map_err(failed)? {
        plain if plain == stored.plain => Ok(()),
        _ => Err(format!("{} does not hold what was written", stored.file)),
    }
}

/// Looks over the database in the scratch folder, and compares it with the manifest and the list. Only what cannot be
/// mended is a problem of the backup; the flaws that the mirror had are those of a faithful copy.
fn database(
    backup: &Path,
    manifest: &Manifest,
    scratch: &Path,
    problems: &mut Vec<String>,
) -> Result<Vec<String>, Error> {
    let examined = store::examine(scratch)?;
    let file = &manifest.database.file;
    let said = |flaw: &Flaw| format!("{}: {}", flaw.subject, flaw.detail);
    let is_damage = |flaw: &&Flaw| flaw.kind == FlawKind::Structure;
    let (damage, flaws): (Vec<_>, Vec<_>) = examined.flaws.iter().partition(is_damage);
    problems.extend(
        damage
            .iter()
            .take(MOST_PROBLEMS)
            .map(|flaw| format!("{file}: {}", said(flaw))),
    );
    if damage.is_empty() {
        if examined.holdings != manifest.holdings {
            problems.push(format!(
                "{file} holds another number of things than its manifest says"
            ));
        }
        problems.extend(other_files(backup, scratch, file)?);
    }
    Ok(flaws.into_iter().map(said).collect())
}

/// Whether the list has other files than the database names.
fn other_files(backup: &Path, scratch: &Path, file: &str) -> Result<Option<String>, Error> {
    let reader = Reader::open(scratch)?;
    let mut listed = listed(backup)?;
    let mut after = String::new();
    loop {
        let digests = reader.digests(&after, BATCH)?;
        let Some(last) = digests.last() else { break };
        last.clone_into(&mut after);
        for digest in digests.iter().filter(|digest| hashing::is_digest(digest)) {
            match listed.next().transpose()? {
                Some(listed) if listed.sha256 == *digest => {}
                _ => return Ok(Some(format!("{LIST} lists other files than {file} names"))),
            }
        }
    }
    Ok(listed
        .next()
        .map(|_| format!("{LIST} lists more files than {file} names")))
}
