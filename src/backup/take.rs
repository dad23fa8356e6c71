//! Takes a backup.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;

use crate::model::Timestamp;
use crate::store::{self, Blobs, DATABASE, Reader};

use super::hashing::{self, Sum, Summing};
use super::manifest::{Attachments, Database, FORMAT, LIST, Listed, Manifest};
use super::pacing::{self, PIECE, Paced};
use super::pool::{Needed, Pool};
use super::shelf::{self, Shelf};
use super::{Error, Event, Keep};

/// Digests that are read from the database at once.
const BATCH: usize = 1_000;
/// What zstd does without taking longer than the disk.
const LEVEL: i32 = 3;

/// What to back up, and where to.
#[derive(Clone, Debug)]
pub struct Options {
    /// The state directory.
    pub state_dir: PathBuf,
    /// The folder of the backups; made if there is none.
    pub dir: PathBuf,
    /// Whether the database is compressed.
    pub compress: bool,
    /// Which backups stay; all if nothing is said.
    pub keep: Option<Keep>,
    /// When this is.
    pub now: Timestamp,
}

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Where it is.
    pub path: PathBuf,
    /// Pages and other content in it.
    pub contents: u64,
    /// Size of the database's file in bytes.
    pub database: u64,
    /// Files of attachments that belong to it.
    pub attachments: u64,
    /// Those that no earlier backup had.
    pub new_attachments: u64,
    /// How many bytes these have.
    pub new_bytes: u64,
    /// Files of attachments that the mirror has lost.
    pub lacking: u64,
    /// Backups that were deleted, as it was said how many to keep.
    pub removed: Vec<String>,
    /// Backups that are damaged, which are left alone and count for nothing.
    pub damaged: Vec<String>,
}

/// Takes a backup beside whoever writes the mirror. It is there as a whole or not at all.
pub fn take(options: &Options, tell: &mut dyn FnMut(Event)) -> Result<Taken, Error> {
    let reader = Reader::open(&options.state_dir)?;
    let shelf = Shelf::open(&options.dir)?;
    let new = shelf.begin(options.now)?;
    // First the database, then what it names: a file is in its place before a row says so.
    copy_database(&reader, &new, tell)?;
    let copy = Reader::open(&new)?;
    let holdings = copy.holdings()?;
    let contents = holdings.get("contents").copied().unwrap_or_default();
    let sites = copy
        .export_sites()?
        .into_iter()
        .map(|site| site.domain.to_string());
    let stage = new.join("staged");
    fs::create_dir(&stage).map_err(Error::io("make the folder", &stage))?;
    // Summing up takes a processor, the files of attachments the disk.
    let (gathered, database) = thread::scope(|scope| {
        let database = scope.spawn(|| settle(&new, options.compress));
        let gathered = pacing::paced(
            || shelf.write_out(),
            |piece| gather(&copy, options, &new, &stage, tell, piece),
        );
        (
            gathered,
            database.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let gathered = gathered.map_err(Error::io("sync", &options.dir))??;
    let database = database?;
    if options.compress {
        let plain = new.join(DATABASE);
        pacing::delete(&plain).map_err(Error::io("delete", &plain))?;
    }
    let manifest = Manifest {
        format: FORMAT,
        millpond: env!("CARGO_PKG_VERSION").to_owned(),
        schema: store::schema_version(),
        taken_at: options.now,
        sites: sites.collect(),
        holdings,
        database,
        attachments: gathered.attachments.clone(),
    };
    manifest.write(&new)?;
    shelf.sync()?;
    Pool::of(&options.dir).publish(&stage)?;
    let path = shelf.finish(&new, options.now)?;
    let (removed, damaged) = prune(&shelf, options.keep.as_ref())?;
    Ok(Taken {
        path,
        contents,
        database: manifest.database.stored.size,
        attachments: gathered.attachments.count,
        new_attachments: gathered.new,
        new_bytes: gathered.new_bytes,
        lacking: gathered.attachments.lacking,
        removed,
        damaged,
    })
}

/// Copies the database as it is at one instant.
fn copy_database(reader: &Reader, new: &Path, tell: &mut dyn FnMut(Event)) -> Result<(), Error> {
    let path = new.join(DATABASE);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(&path)
        .map_err(Error::io("write", &path))?;
    let copied = pacing::paced(
        || file.sync_data(),
        |piece| {
            reader.copy_to(new, &mut |done, all| {
                piece();
                tell(Event::Copied { done, all });
            })
        },
    );
    Ok(copied.map_err(Error::io("write", &path))??)
}

#[derive(Default)]
struct Gathered {
    attachments: Attachments,
    new: u64,
    new_bytes: u64,
}

/// Lists the files of attachments that the copy names, and stages those that no backup has. Says so after each piece.
fn gather(
    copy: &Reader,
    options: &Options,
    new: &Path,
    stage: &Path,
    tell: &mut dyn FnMut(Event),
    piece: &mut dyn FnMut(),
) -> Result<Gathered, Error> {
    let (blobs, pool) = (Blobs::new(&options.state_dir), Pool::of(&options.dir));
    let path = new.join(LIST);
    let file = File::create(&path).map_err(Error::io("write", &path))?;
    let mut list = Summing::new(BufWriter::new(file));
    let mut found = Gathered::default();
    // Of many small files no single one is worth handing over.
    let mut unsynced = 0;
    let mut after = String::new();
    loop {
        let digests = copy.digests(&after, BATCH)?;
        let Some(end) = digests.last() else { break };
        end.clone_into(&mut after);
        for sha256 in digests.into_iter().filter(|digest| hashing::is_digest(digest)) {
            let needed = pool.need(&sha256, &blobs.path(&sha256), stage)?;
            let size = match needed {
                Needed::Lacking => {
                    found.attachments.lacking += 1;
                    None
                }
                Needed::Here(size) => Some(size),
                Needed::Staged(size) => {
                    found.new += 1;
                    found.new_bytes += size;
                    unsynced += size;
                    Some(size)
                }
            };
            found.attachments.count += u64::from(size.is_some());
            found.attachments.bytes += size.unwrap_or_default();
            list.write_all(Listed { sha256, size }.line().as_bytes())
                .map_err(Error::io("write", &path))?;
            if unsynced >= PIECE {
                piece();
                unsynced = 0;
            }
        }
        tell(Event::Attachments(found.attachments.count));
    }
    list.flush().map_err(Error::io("write", &path))?;
    found.attachments.list = list.finish().1;
    Ok(found)
}

/// Sums up the copy of the database, and compresses it if that is asked for, beside the plain one.
fn settle(new: &Path, compress: bool) -> Result<Database, Error> {
    let plain_path = new.join(DATABASE);
    let plain_file = File::open(&plain_path).map_err(Error::io("read", &plain_path))?;
    if !compress {
        let plain = hashing::sum(plain_file).map_err(Error::io("read", &plain_path))?;
        return Ok(Database {
            file: DATABASE.to_owned(),
            stored: plain.clone(),
            plain,
        });
    }
    let file = format!("{DATABASE}.zst");
    let path = new.join(&file);
    let (plain, stored) = compressed(plain_file, &path).map_err(Error::io("compress", &path))?;
    Ok(Database { file, stored, plain })
}

fn compressed(from: File, to: &Path) -> io::Result<(Sum, Sum)> {
    let mut encoder = zstd::Encoder::new(Summing::new(Paced::create(to)?), LEVEL)?;
    encoder.include_checksum(true)?;
    let plain = hashing::copy(from, &mut encoder)?;
    let (_, stored) = encoder.finish()?.finish();
    Ok((plain, stored))
}

/// Deletes the backups that are not to stay, and what no other needs. Damaged ones count for nothing: the last good one
/// stays.
fn prune(shelf: &Shelf, keep: Option<&Keep>) -> Result<(Vec<String>, Vec<String>), Error> {
    let all = shelf::backups(shelf.path())?;
    let is_good = |at: &Timestamp| is_whole(&shelf.path().join(shelf::name(*at)));
    let (good, damaged): (Vec<_>, Vec<_>) = all.into_iter().partition(is_good);
    let names = |backups: &[Timestamp]| backups.iter().map(|at| shelf::name(*at)).collect();
    let Some(keep) = keep else {
        return Ok((Vec::new(), names(&damaged)));
    };
    let kept = keep.kept(&good);
    let (kept, removed): (Vec<_>, Vec<_>) = good.into_iter().partition(|at| kept.contains(at));
    for at in &removed {
        shelf.remove(*at)?;
    }
    if damaged.is_empty() {
        Pool::of(shelf.path()).sweep(shelf.path(), &kept)?;
    }
    Ok((names(&removed), names(&damaged)))
}

/// Whether a backup looks like one that can be restored: its manifest is as it was written, its files have their sizes.
fn is_whole(backup: &Path) -> bool {
    let Ok(manifest) = Manifest::read(backup) else {
        return false;
    };
    let has =
        |name: &str, sum: &Sum| fs::metadata(backup.join(name)).is_ok_and(|file| file.len() == sum.size);
    let list = File::open(backup.join(LIST)).and_then(hashing::sum).ok();
    has(&manifest.database.file, &manifest.database.stored) && list == Some(manifest.attachments.list)
}
