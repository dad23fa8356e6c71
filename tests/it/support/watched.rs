//! Everything that the suite logs at the trace level, compared with every secret that a simulated server issued.
//!
//! Whoever starts an [`Atlassian`] gets it [`Watched`]: when it goes away, the log must not hold any of its secrets.
//! The log is what this process logged in the meantime, and what every [`Program`](super::program::Program) wrote.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use confluence_sim::Atlassian;
use tracing_subscriber::filter::LevelFilter;

use super::program::{Program, Stream};

/// Shorter secrets would be found in innocent words.
const SHORTEST: usize = 10;

static LOG: Mutex<Log> = Mutex::new(Log {
    bytes: Vec::new(),
    forgotten: 0,
    watchers: BTreeMap::new(),
    written: BTreeMap::new(),
    last: 0,
});

/// What was logged since the oldest of those who watch began to.
struct Log {
    bytes: Vec<u8>,
    /// How much was logged before.
    forgotten: usize,
    /// Where each began to watch.
    watchers: BTreeMap<usize, usize>,
    /// What programs at work write to.
    written: BTreeMap<usize, Vec<Stream>>,
    last: usize,
}

impl Log {
    fn get() -> MutexGuard<'static, Self> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) -> usize {
        self.forgotten + self.bytes.len()
    }

    fn add(&mut self, bytes: &[u8]) {
        if !self.watchers.is_empty() {
            self.bytes.extend(bytes);
        }
    }

    fn number(&mut self) -> usize {
        self.last += 1;
        self.last
    }

    /// Ends a watch. Returns what was logged meanwhile.
    fn unwatch(&mut self, watcher: usize) -> Vec<u8> {
        let since = self.watchers.remove(&watcher).unwrap_or(self.end());
        let mut said = self.bytes[since - self.forgotten..].to_vec();
        for stream in self.written.values().flatten() {
            said.extend(stream.contents());
        }
        let needed = self.watchers.values().min().copied().unwrap_or(self.end());
        self.bytes.drain(..needed - self.forgotten);
        self.forgotten = needed;
        said
    }
}

/// Adds to the log what a program wrote.
pub(crate) fn record(bytes: &[u8]) {
    Log::get().add(bytes);
}

/// What programs write counts as part of the log: at once, and also when they are gone.
#[derive(Debug)]
pub(crate) struct Recording(usize);

impl Recording {
    pub(crate) fn of(streams: Vec<Stream>) -> Self {
        let mut log = Log::get();
        let number = log.number();
        log.written.insert(number, streams);
        Self(number)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let mut log = Log::get();
        for stream in log.written.remove(&self.0).unwrap_or_default() {
            log.add(&stream.contents());
        }
    }
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        record(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From now on this process logs everything, to nowhere but here.
fn listen() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Lines)
            .init();
    });
}

/// A running simulation whose secrets must not be logged.
#[derive(Debug)]
pub(crate) struct Watched {
    atlassian: Atlassian,
    watcher: usize,
}

impl Watched {
    /// With the machine's clock, the usual points and free ports.
    pub(crate) async fn start() -> Self {
        Self::over(Atlassian::builder()).await
    }

    pub(crate) async fn over(builder: confluence_sim::Builder) -> Self {
        listen();
        let watcher = {
            let mut log = Log::get();
            let (watcher, end) = (log.number(), log.end());
            log.watchers.insert(watcher, end);
            watcher
        };
        let atlassian = builder.start().await.unwrap();
        Self { atlassian, watcher }
    }
}

impl Deref for Watched {
    type Target = Atlassian;

    fn deref(&self) -> &Atlassian {
        &self.atlassian
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let said = Log::get().unwatch(self.watcher);
        let leak = leak(&said, &self.atlassian.secrets());
        assert!(
            leak.is_none() || std::thread::panicking(),
            "{}",
            leak.unwrap_or_default()
        );
    }
}

/// The line that says a secret, without it.
fn leak(said: &[u8], secrets: &[String]) -> Option<String> {
    let mut beginnings: HashMap<&[u8], Vec<&String>> = HashMap::new();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        beginnings
            .entry(&secret.as_bytes()[..SHORTEST])
            .or_default()
            .push(secret);
    }
    let at = |place: usize| {
        let here = beginnings.get(&said[place..place + SHORTEST])?;
        here.iter()
            .find(|secret| said[place..].starts_with(secret.as_bytes()))
    };
    let (place, secret) =
        (0..=said.len().checked_sub(SHORTEST)?).find_map(|place| Some((place, at(place)?)))?;
    let begin = said[..place]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let line = said[begin..]
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(line).replace(secret.as_str(), "[the secret]");
    Some(format!("a secret of {} bytes is logged: {line}", secret.len()))
}

#[test]
fn a_logged_secret_is_found_and_an_unlogged_one_is_not() {
    let secrets = ["s3cr3t-of-the-app", "a-refresh-token-1", "short"].map(str::to_owned);
    let said = b"INFO all is well\nDEBUG sent a-refresh-token-1 away\nshort";
    let found = leak(said, &secrets).unwrap();
    assert_eq!(
        found,
        "a secret of 17 bytes is logged: DEBUG sent [the secret] away"
    );
    assert_eq!(leak(b"INFO a-refresh-token-2 s3cr3t-of-the-ap", &secrets), None);
    assert_eq!(leak(b"", &secrets), None);
}

#[tokio::test]
#[should_panic(expected = "is logged")]
async fn a_simulation_whose_secret_was_logged_goes_down_with_a_panic() {
    let atlassian = Watched::start().await;
    atlassian.app("client", "a-secret-that-leaks", "http://localhost/", &[]);
    tracing::trace!("the secret is a-secret-that-leaks");
}

/// Whoever lets the program say a secret learns of it, whether it has ended by then or not.
#[tokio::test]
async fn a_secret_that_a_program_says_is_found() {
    for (is_alive, argument) in [
        (false, "--help"),
        (false, "--a-secret-that-leaks"),
        (true, "--help"),
    ] {
        let said = tokio::spawn(async move {
            let atlassian = Watched::start().await;
            let secret = if argument == "--help" {
                "Mirrors Confluence"
            } else {
                "a-secret-that-leaks"
            };
            atlassian.app("client", secret, "http://localhost/", &[]);
            let mut program = Program::new(Path::new("/")).arg(argument).spawn();
            program.wait().await.unwrap();
            assert!(!program.printed().is_empty() || !program.logged().is_empty());
            let _alive = Some(program).filter(|_| is_alive);
            drop(atlassian);
        });
        let panic = said.await.unwrap_err().into_panic();
        let words = panic.downcast_ref::<String>().unwrap();
        assert!(words.contains("is logged"), "{words}");
    }
}

/// Otherwise a test could go unwatched.
#[test]
fn every_simulation_of_the_suite_is_watched() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it"));
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("support/watched.rs") && path.extension().is_some_and(|end| end == "rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(
                    !text.contains("Atlassian::start()"),
                    "{} is not watched",
                    path.display()
                );
                // A container takes what was logged in it out of its journal.
                let records = ["support/program.rs", "under_systemd/container.rs"];
                assert!(
                    !text.contains("CARGO_BIN_EXE_") || records.iter().any(|file| path.ends_with(file)),
                    "{} starts the program unwatched",
                    path.display()
                );
                let started = text.matches("Atlassian::builder()").count();
                let watched = text.matches("Watched::over(").count();
                assert!(started <= watched, "{} is not watched", path.display());
            }
        }
    }
}
