//! Commits what exports wrote, by the system's git: one commit for each edit, in the order of the edits.
//!
//! The manifest says what was written and what is committed of it. Only paths of the manifest get into a commit or
//! into the index; the work tree is read and never written. What is committed is noted last, so whatever interrupts
//! this is repeated, and what the branch has already makes no second commit.

mod changes;
mod import;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::model::Timestamp;

use super::Error;
use super::folder::{Folder, Found};
use super::manifest::{self, Group};
use super::saved::Saved;
use changes::Change;
use import::{Import, Signature, said};

/// Files in one commit at most, so that none has to be held in memory as a whole.
const MOST_IN_COMMIT: usize = 1_000;

/// The lines for the index, until the branch has moved.
const INDEX: &str = "index";

/// Commits what the last export and those before it changed, and says how many commits that took.
pub(super) fn commit(folder: &Folder, now: Timestamp) -> Result<u64, Error> {
    let due = due(folder)?;
    let repository = Repository::open(folder)?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut work = Work {
        folder,
        import: Import::begin(&repository)?,
        index: BufWriter::new(folder.make_own(INDEX)?),
        now,
        open: None,
        commits: 0,
        left: HashSet::new(),
    };
    let done = work.all(&due);
    let Work {
        import,
        mut index,
        commits,
        left,
        ..
    } = work;
    let moved = done.and_then(|()| index.flush().map_err(Interrupted::Pipe));
    match moved {
        Ok(()) => import.finish(),
        Err(Interrupted::Pipe(error)) => Err(import.lament(error)),
        Err(Interrupted::Other(error)) => return Err(error),
    }
    .map_err(|error| repository.broke(error))?;
    repository.update_index(folder)?;
    manifest::rewrite(folder, |record| {
        if left.contains(&record.path) {
            record.sha256.is_some().then_some(record)
        } else {
            changes::settled(record)
        }
    })?;
    folder.remove_own(INDEX)?;
    Ok(commits)
}

/// When each edit was that waits for its commit, and where its records begin in the list. What nobody wrote comes last.
/// Small, because a first export has as many as there are pages.
fn due(folder: &Folder) -> Result<Vec<(i64, u64)>, Error> {
    let mut due = Vec::new();
    for group in manifest::groups(folder)? {
        let Group { offset, records } = group?;
        let mut times: Vec<i64> = changes::due(&records)
            .iter()
            .map(|(saved, _)| time(saved.as_ref()))
            .collect();
        times.sort_unstable();
        times.dedup();
        due.extend(times.into_iter().map(|time| (time, offset)));
    }
    due.sort_unstable();
    Ok(due)
}

fn time(saved: Option<&Saved>) -> i64 {
    saved.map_or(i64::MAX, |saved| saved.at.as_utc().timestamp_millis())
}

/// Why a commit could not be made.
enum Interrupted {
    /// Git went away, or the file could not be read.
    Pipe(io::Error),
    Other(Error),
}

impl From<io::Error> for Interrupted {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

impl From<Error> for Interrupted {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// A commit that is being gathered.
struct Draft {
    saved: Option<Saved>,
    site: String,
    lines: Vec<String>,
    /// What it is about.
    whats: Vec<String>,
}

struct Work<'a> {
    folder: &'a Folder,
    import: Import,
    index: BufWriter<File>,
    now: Timestamp,
    open: Option<Draft>,
    commits: u64,
    /// Paths where somebody changed the file since it was written.
    left: HashSet<String>,
}

impl Work<'_> {
    fn all(&mut self, due: &[(i64, u64)]) -> Result<(), Interrupted> {
        for (at, offset) in due {
            let group = manifest::group_at(self.folder, *offset)?;
            let site = group
                .records
                .first()
                .map_or_else(String::new, |record| record.key.site.clone());
            for (saved, change) in changes::due(&group.records) {
                if time(saved.as_ref()) == *at {
                    self.change(saved, &site, &change)?;
                }
            }
        }
        self.close().map_err(Interrupted::Pipe)
    }

    fn change(&mut self, saved: Option<Saved>, site: &str, change: &Change) -> Result<(), Interrupted> {
        let is_same = |draft: &Draft| {
            let who = |saved: &Option<Saved>| saved.as_ref().map(|saved| (saved.at, saved.account.clone()));
            who(&draft.saved) == who(&saved) && draft.lines.len() < MOST_IN_COMMIT
        };
        if !self.open.as_ref().is_some_and(is_same) {
            self.close()?;
        }
        let (path, file) = match change {
            Change::Put { path, sha256 } => (path, self.folder.reading(path, sha256)?),
            // What somebody put there instead stays, in the branch too.
            Change::Drop { path } if self.folder.look(path, None)? == Found::Nothing => (path, None),
            Change::Drop { path } => {
                self.left.insert(path.clone());
                return Ok(());
            }
        };
        let Some(entry) = self.import.entry(path, change, file)? else {
            self.left.insert(path.clone());
            return Ok(());
        };
        self.index.write_all(entry.index.as_bytes())?;
        if entry.is_news {
            let what = saved.as_ref().map(|saved| saved.what.clone());
            let draft = self.open.get_or_insert_with(|| Draft {
                saved,
                site: site.to_owned(),
                lines: Vec::new(),
                whats: Vec::new(),
            });
            draft.lines.push(entry.line);
            draft
                .whats
                .extend(what.filter(|what| !draft.whats.contains(what)));
        }
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(draft) = self.open.take() else {
            return Ok(());
        };
        let message = message(&draft.whats, draft.lines.len());
        let email = draft.saved.as_ref().map_or_else(
            || "millpond@localhost".to_owned(),
            |saved| format!("{}@{}", saved.account, draft.site),
        );
        let author = match &draft.saved {
            Some(saved) => Signature {
                name: &saved.by,
                email: &email,
                at: saved.at,
            },
            None => Signature {
                name: "millpond",
                email: &email,
                at: self.now,
            },
        };
        self.commits += 1;
        self.import.commit(&author, self.now, &message, &draft.lines)
    }
}

/// What a commit says it is.
fn message(whats: &[String], files: usize) -> String {
    match whats {
        [] if files == 1 => "Bring one file up to date\n".to_owned(),
        [] => format!("Bring {files} files up to date\n"),
        [one] => format!("{}\n", one.trim_end()),
        several => format!("{} edits\n\n{}\n", several.len(), several.join("\n").trim_end()),
    }
}

/// The repository of an export's folder: the folder itself, and none around it.
struct Repository<'a> {
    path: &'a Path,
}

impl<'a> Repository<'a> {
    /// Opens the repository, makes it if there is none.
    fn open(folder: &'a Folder) -> Result<Self, Error> {
        let repository = Self { path: folder.path() };
        if !repository.path.join(".git").exists() {
            repository.ask(&["init", "--quiet", "--template="])?;
            repository.ask(&["symbolic-ref", "HEAD", "refs/heads/main"])?;
        }
        Ok(repository)
    }

    /// The program, which reads no configuration but the repository's own.
    fn git(&self) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(self.path)
            .args(["--git-dir=.git", "--work-tree=."])
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        for name in [
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_COMMON_DIR",
            "GIT_NAMESPACE",
            "GIT_CONFIG_COUNT",
            "GIT_CONFIG_PARAMETERS",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn ask(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.git().args(arguments).output();
        let output = output.map_err(|error| self.no_git(error))?;
        if !output.status.success() {
            return Err(self.broke(said(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// The branch that is checked out, or will be.
    fn branch(&self) -> Result<String, Error> {
        self.ask(&["symbolic-ref", "HEAD"])
    }

    /// The commit that the branch is at; nothing before the first.
    fn head(&self) -> Result<Option<String>, Error> {
        let output = self
            .git()
            .args(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"])
            .output();
        let output = output.map_err(|error| self.no_git(error))?;
        let head = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        Ok(output.status.success().then_some(head))
    }

    /// Has the index say the same as the branch about what was committed, and only about that.
    fn update_index(&self, folder: &Folder) -> Result<(), Error> {
        let Some(lines) = folder.own(INDEX)? else {
            return Ok(());
        };
        let output = self
            .git()
            .args(["update-index", "-z", "--index-info"])
            .stdin(Stdio::from(lines))
            .output()
            .map_err(|error| self.no_git(error))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(self.broke(said(&output.stderr)))
        }
    }

    fn no_git(&self, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::NotFound => Error::NoGit,
            _ => self.broke(source),
        }
    }

    fn failed(&self, what: &str) -> Error {
        self.broke(io::Error::other(what.to_owned()))
    }

    fn broke(&self, source: io::Error) -> Error {
        Error::Git {
            path: self.path.to_owned(),
            source,
        }
    }
}
