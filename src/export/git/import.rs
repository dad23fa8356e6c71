//! Hands commits to `git fast-import`: one process for all of them, and the branch moves once, at the end.
//!
//! The work tree is not asked and not touched. Whoever kills us in the middle leaves the branch where it was.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::model::Timestamp;

use super::Repository;
use super::changes::Change;
use crate::export::Error;

/// Commits being made.
pub(super) struct Import {
    child: Child,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
    branch: String,
    /// The commit that the branch is at.
    head: Option<String>,
    is_first: bool,
}

/// Who did it, and when.
pub(super) struct Signature<'a> {
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) at: Timestamp,
}

/// A line of a commit, as `fast-import` reads it, and one of the index.
pub(super) struct Entry {
    pub(super) line: String,
    pub(super) index: String,
    /// Whether the branch has it otherwise.
    pub(super) is_news: bool,
}

impl Import {
    pub(super) fn begin(repository: &Repository<'_>) -> Result<Self, Error> {
        let (branch, head) = (repository.branch()?, repository.head()?);
        let mut command = repository.git();
        command.args(["fast-import", "--quiet", "--done"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| repository.no_git(error))?;
        let pipes = (child.stdin.take(), child.stdout.take());
        let (Some(to), Some(from)) = pipes else {
            return Err(repository.failed("git fast-import has no pipes"));
        };
        Ok(Self {
            child,
            to: BufWriter::new(to),
            from: BufReader::new(from),
            branch,
            head,
            is_first: true,
        })
    }

    /// What a change is to a commit. `open` opens the file, if it still holds what the change is about.
    pub(super) fn entry(
        &mut self,
        path: &str,
        change: &Change,
        file: Option<File>,
    ) -> io::Result<Option<Entry>> {
        let before = self.blob_of_branch(path)?;
        let Some(file) = file else {
            let is_drop = matches!(change, Change::Drop { .. });
            return Ok(is_drop.then(|| Entry {
                line: format!("D {path}\n"),
                index: format!("0 {}\t{path}\0", "0".repeat(40)),
                is_news: before.is_some(),
            }));
        };
        let blob = self.blob(file)?;
        Ok(Some(Entry {
            line: format!("M 100644 {blob} {path}\n"),
            index: format!("100644 {blob}\t{path}\0"),
            is_news: before.as_deref() != Some(&*blob),
        }))
    }

    /// Stores a file, and says what git calls it.
    fn blob(&mut self, file: File) -> io::Result<String> {
        let length = file.metadata()?.len();
        write!(self.to, "blob\nmark :1\ndata {length}\n")?;
        if io::copy(&mut file.take(length), &mut self.to)? != length {
            return Err(io::Error::other("the file became shorter while it was read"));
        }
        self.to.write_all(b"\nget-mark :1\n")?;
        Ok(self.answer()?.trim_end().to_owned())
    }

    /// What the branch has at the path.
    fn blob_of_branch(&mut self, path: &str) -> io::Result<Option<String>> {
        let Some(head) = &self.head else { return Ok(None) };
        writeln!(self.to, "ls {head} {path}")?;
        let answer = self.answer()?;
        let mut words = answer.split([' ', '\t']);
        let is_file = words.next() == Some("100644") && words.next() == Some("blob");
        let found = words.next().filter(|_| is_file).map(str::to_owned);
        // Something else of that name is still something.
        Ok(found.or_else(|| (!answer.starts_with("missing ")).then(String::new)))
    }

    fn answer(&mut self) -> io::Result<String> {
        self.to.flush()?;
        let mut answer = String::new();
        if self.from.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(answer)
    }

    pub(super) fn commit(
        &mut self,
        author: &Signature<'_>,
        now: Timestamp,
        message: &str,
        lines: &[String],
    ) -> io::Result<()> {
        let committer = Signature {
            name: "millpond",
            email: "millpond@localhost",
            at: now,
        };
        writeln!(self.to, "commit {}", self.branch)?;
        for (role, who) in [("author", author), ("committer", &committer)] {
            let seconds = who.at.as_utc().timestamp();
            writeln!(
                self.to,
                "{role} {} <{}> {seconds} +0000",
                plain(who.name),
                plain(who.email)
            )?;
        }
        write!(self.to, "data {}\n{message}\n", message.len())?;
        if let Some(head) = self.head.as_deref().filter(|_| self.is_first) {
            writeln!(self.to, "from {head}")?;
        }
        self.is_first = false;
        lines
            .iter()
            .try_for_each(|line| self.to.write_all(line.as_bytes()))?;
        self.to.write_all(b"\n")
    }

    /// Moves the branch.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.to.write_all(b"done\n")?;
        self.to.flush()?;
        drop(self.to);
        let output = self.child.wait_with_output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(said(&output.stderr))
        }
    }

    /// What went wrong, in git's own words, where a pipe broke.
    pub(super) fn lament(self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::BrokenPipe {
            return error;
        }
        drop(self.to);
        self.child
            .wait_with_output()
            .map_or(error, |output| said(&output.stderr))
    }
}

/// What git said last, for an error of ours.
pub(super) fn said(stderr: &[u8]) -> io::Error {
    let text = String::from_utf8_lossy(stderr);
    let line = text
        .lines()
        .find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    io::Error::other(
        line.or_else(|| text.lines().last())
            .unwrap_or("git failed")
            .to_owned(),
    )
}

/// A name or address without what would end it.
fn plain(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>'))
        .collect();
    match text.trim() {
        "" => "unknown".to_owned(),
        text => text.to_owned(),
    }
}
