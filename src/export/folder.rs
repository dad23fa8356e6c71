//! The folder of an export: every file in it is reached through handles of folders, and no symbolic link is followed.
//!
//! So whatever somebody puts into the folder, and whatever a page is called, nothing outside of it is touched.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Error, digest};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// Where the export keeps what it knows, below its folder.
pub(super) const OWN: &str = ".millpond";
/// Where a file is written before it gets its name.
const PART: &str = "part";

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);
const CREATE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The folder, and its own folder in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    root: Rc<File>,
    own: File,
    /// Held until the export ends.
    _lock: File,
    /// The folder that was used last: neighbours come one after the other.
    last: RefCell<Option<(String, Rc<File>)>>,
}

/// What belongs into a file.
#[derive(Debug)]
pub(super) enum Content {
    /// This text.
    Text(String),
    /// What a file of the mirror holds, whose digest is known.
    Blob {
        /// That file.
        path: PathBuf,
        /// Its digest, in hexadecimal.
        sha256: String,
    },
}

impl Content {
    /// The digest of what belongs into the file, in hexadecimal.
    pub(super) fn sha256(&self) -> String {
        match self {
            Self::Text(text) => digest::of(text.as_bytes()),
            Self::Blob { sha256, .. } => sha256.clone(),
        }
    }
}

/// What is found at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A file with this digest.
    File(String),
    /// A file without content: what a power cut can leave of one.
    Empty,
    /// A link, a folder or worse.
    Other,
}

impl Folder {
    /// Opens the folder, makes it if need be, and keeps others from exporting there.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error: io::Error| Error::io("open the folder", path, error);
        fs::create_dir_all(path).map_err(failed)?;
        let root = rustix::fs::open(
            path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|error| failed(error.into()))?;
        let root = Rc::new(File::from(root));
        let own = path.join(OWN);
        let failed = |error: Errno| Error::io("open the folder", &own, error.into());
        make(&root, OWN).map_err(failed)?;
        let own_folder = File::from(rustix::fs::openat(&*root, OWN, FOLDER, Mode::empty()).map_err(failed)?);
        let lock = rustix::fs::openat(
            &own_folder,
            "lock",
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::from_raw_mode(0o644),
        )
        .map_err(failed)?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(Error::InUse {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(Self {
            path: path.to_owned(),
            root,
            own: own_folder,
            _lock: lock.into(),
            last: RefCell::new(None),
        })
    }

    /// Where the folder is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is at the path. `like` saves reading a large file that is plainly a copy of that one.
    pub(super) fn look(&self, path: &str, like: Option<(&Path, &str)>) -> Result<Found, Error> {
        self.found(path, like).or_else(|error| match error {
            Errno::NOENT => Ok(Found::Nothing),
            Errno::LOOP | Errno::NOTDIR | Errno::ISDIR | Errno::NXIO | Errno::MLINK => Ok(Found::Other),
            error => Err(self.failed("read", path, error)),
        })
    }

    fn found(&self, path: &str, like: Option<(&Path, &str)>) -> Result<Found, Errno> {
        let (folder, name) = self.split(path, false)?;
        let mut file = File::from(rustix::fs::openat(&*folder, name, READ, Mode::empty())?);
        let here = file.metadata().map_err(errno)?;
        if !here.is_file() {
            return Ok(Found::Other);
        }
        if here.len() == 0 {
            return Ok(Found::Empty);
        }
        if let Some((original, sha256)) = like
            && let Ok(there) = fs::metadata(original)
            && here.len() == there.len()
            && (here.mtime(), here.mtime_nsec()) == (there.mtime(), there.mtime_nsec())
        {
            return Ok(Found::File(sha256.to_owned()));
        }
        Ok(Found::File(digest::of_all(&mut file).map_err(errno)?))
    }

    /// Opens the file at the path, if it has this digest.
    pub(super) fn reading(&self, path: &str, sha256: &str) -> Result<Option<File>, Error> {
        let open = || -> Result<File, Errno> {
            let (folder, name) = self.split(path, false)?;
            Ok(rustix::fs::openat(&*folder, name, READ, Mode::empty())?.into())
        };
        let read = |mut file: File| -> io::Result<Option<File>> {
            let is_it = file.metadata()?.is_file() && digest::of_all(&mut file)? == sha256;
            file.rewind()?;
            Ok(is_it.then_some(file))
        };
        match open() {
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR | Errno::ISDIR) => Ok(None),
            Err(error) => Err(self.failed("read", path, error)),
            Ok(file) => read(file).map_err(|error| Error::io("read", &self.path.join(path), error)),
        }
    }

    /// Puts content at the path, whatever is there: the old or the new is there at any instant.
    pub(super) fn write(&self, path: &str, content: &Content, hard_links: bool) -> Result<(), Error> {
        let failed = |error: Errno| self.failed("write", path, error);
        self.unlink_part().map_err(failed)?;
        match content {
            Content::Text(text) => self
                .part()
                .and_then(|mut file| file.write_all(text.as_bytes()).map_err(errno)),
            Content::Blob { path, .. } => self.take(path, hard_links),
        }
        .map_err(failed)?;
        let (folder, name) = self.split(path, true).map_err(failed)?;
        rustix::fs::renameat(&self.own, PART, &*folder, name).map_err(failed)?;
        // A rename onto another name of the same file does nothing.
        self.unlink_part().map_err(failed)
    }

    /// Makes the part from a file of the mirror. Where the file system can, both share their blocks.
    fn take(&self, original: &Path, hard_links: bool) -> Result<(), Errno> {
        if hard_links
            && rustix::fs::linkat(rustix::fs::CWD, original, &self.own, PART, AtFlags::empty()).is_ok()
        {
            return Ok(());
        }
        let mut from = File::open(original).map_err(errno)?;
        let mut to = self.part()?;
        io::copy(&mut from, &mut to).map_err(errno)?;
        // The next export sees by the time that nothing changed.
        let modified = from.metadata().and_then(|from| from.modified()).map_err(errno)?;
        to.set_modified(modified).map_err(errno)
    }

    fn part(&self) -> Result<File, Errno> {
        rustix::fs::openat(&self.own, PART, CREATE, Mode::from_raw_mode(0o644)).map(File::from)
    }

    fn unlink_part(&self) -> Result<(), Errno> {
        match rustix::fs::unlinkat(&self.own, PART, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            other => other,
        }
    }

    /// Removes a file, and the folders that are empty without it.
    pub(super) fn remove(&self, path: &str) -> Result<(), Error> {
        let failed = |error: Errno| self.failed("remove", path, error);
        let (folder, name) = self.split(path, false).map_err(failed)?;
        rustix::fs::unlinkat(&*folder, name, AtFlags::empty()).map_err(failed)?;
        self.tidy(path);
        Ok(())
    }

    /// Removes the folders of a path that are empty.
    pub(super) fn tidy(&self, path: &str) {
        *self.last.borrow_mut() = None;
        let mut path = path;
        while let Some((folder, _)) = path.rsplit_once('/') {
            path = folder;
            let removed = self
                .split(folder, false)
                .and_then(|(above, name)| rustix::fs::unlinkat(&*above, name, AtFlags::REMOVEDIR));
            *self.last.borrow_mut() = None;
            if !matches!(removed, Ok(()) | Err(Errno::NOENT)) {
                return;
            }
        }
    }

    /// The folder that holds a path, made if need be, and the name within it.
    fn split<'p>(&self, path: &'p str, make_it: bool) -> Result<(Rc<File>, &'p str), Errno> {
        match path.rsplit_once('/') {
            None => Ok((Rc::clone(&self.root), path)),
            Some((folder, name)) => Ok((self.enter(folder, make_it)?, name)),
        }
    }

    fn enter(&self, path: &str, make_it: bool) -> Result<Rc<File>, Errno> {
        if let Some((last, folder)) = &*self.last.borrow()
            && last == path
        {
            return Ok(Rc::clone(folder));
        }
        let mut folder = Rc::clone(&self.root);
        for name in path.split('/') {
            if make_it {
                make(&folder, name)?;
            }
            folder = Rc::new(rustix::fs::openat(&*folder, name, FOLDER, Mode::empty())?.into());
        }
        *self.last.borrow_mut() = Some((path.to_owned(), Rc::clone(&folder)));
        Ok(folder)
    }

    /// Opens one of our own files to read; nothing if there is none.
    pub(super) fn own(&self, name: &str) -> Result<Option<File>, Error> {
        match rustix::fs::openat(&self.own, name, READ, Mode::empty()) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.failed("read", &format!("{OWN}/{name}"), error)),
        }
    }

    /// Makes one of our own files anew.
    pub(super) fn make_own(&self, name: &str) -> Result<File, Error> {
        let failed = |error: Errno| self.failed("write", &format!("{OWN}/{name}"), error);
        self.remove_own(name)?;
        let file = rustix::fs::openat(&self.own, name, CREATE, Mode::from_raw_mode(0o644)).map_err(failed)?;
        Ok(file.into())
    }

    /// Gives one of our own files another name. All that was written before is on the disk by then.
    pub(super) fn rename_own(&self, from: &str, to: &str) -> Result<(), Error> {
        let failed = |error: Errno| self.failed("write", &format!("{OWN}/{to}"), error);
        rustix::fs::syncfs(&self.own).map_err(failed)?;
        rustix::fs::renameat(&self.own, from, &self.own, to).map_err(failed)
    }

    /// Removes one of our own files.
    pub(super) fn remove_own(&self, name: &str) -> Result<(), Error> {
        match rustix::fs::unlinkat(&self.own, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("remove", &format!("{OWN}/{name}"), error)),
        }
    }

    /// Keeps our own folder out of version control.
    pub(super) fn hide_own(&self) -> Result<(), Error> {
        const IGNORE: &[u8] = b"*\n";
        if let Some(file) = self.own(".gitignore")? {
            let mut found = [0; IGNORE.len()];
            if file.read_exact_at(&mut found, 0).is_ok() && found == IGNORE {
                return Ok(());
            }
        }
        let mut file = self.make_own(".gitignore")?;
        let path = self.path.join(OWN).join(".gitignore");
        file.write_all(IGNORE)
            .map_err(|error| Error::io("write", &path, error))
    }

    fn failed(&self, doing: &'static str, path: &str, error: Errno) -> Error {
        Error::io(doing, &self.path.join(path), error.into())
    }
}

fn make(folder: &File, name: &str) -> Result<(), Errno> {
    match rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn errno(error: io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}
