//! What can be wrong with the configuration. Every message names the file, the key, the reason and what is accepted.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A configuration that cannot be used. Nothing was started and nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file was named and none is in the usual places.
    #[error("no configuration file: looked for {}", list(.looked))]
    NoFile {
        /// Where one was looked for, in that order.
        looked: Vec<PathBuf>,
    },
    /// The file is there, or was named, and cannot be read.
    #[error("could not read {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not TOML, or a key holds another kind of value than it should.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where.
        place: Place,
        /// What was found and what was expected.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{place}: there is no key `{key}`; {}", suggestion(.nearest.as_deref(), .known))]
    UnknownKey {
        /// Where it stands.
        place: Place,
        /// The key as it is written.
        key: String,
        /// The existing key that resembles it most.
        nearest: Option<String>,
        /// Every key that may stand there.
        known: Vec<String>,
    },
    /// A key without which nothing works.
    #[error("{place}: `{key}` is missing; it takes {accepted}")]
    MissingKey {
        /// The file.
        place: Place,
        /// The key, with its table.
        key: &'static str,
        /// What it takes.
        accepted: &'static str,
    },
    /// A key with a value that it does not take.
    #[error("{place}: `{key}` is {given}: {reason}; it takes {accepted}")]
    Value {
        /// Where the value stands.
        place: Place,
        /// The key, with its table.
        key: &'static str,
        /// The value as it is written.
        given: String,
        /// What is wrong with it.
        reason: String,
        /// What the key takes.
        accepted: &'static str,
    },
    /// Nothing to mirror.
    #[error("{}: no site is configured; it takes a `[[connection]]` with the `domain` of each", .path.display())]
    NoConnection {
        /// The file.
        path: PathBuf,
    },
    /// No folder for the state, and no home folder to put one in.
    #[error("{}: `state_dir` is missing, and neither $STATE_DIRECTORY, $XDG_STATE_HOME nor $HOME says where to keep the mirror; it takes a folder", .path.display())]
    NoStateDir {
        /// The file.
        path: PathBuf,
    },
    /// A consent is wanted, and there is no app to consent to.
    #[error("{}: `app.client_id` is missing, and there is no consent without an app", .path.display())]
    NoApp {
        /// The file.
        path: PathBuf,
    },
    /// The client secret is needed and nowhere to be found.
    #[error(
        "no client secret: neither a systemd credential, $MILLPOND_CLIENT_SECRET nor `app.client_secret_file` holds one"
    )]
    NoClientSecret,
    /// The file with a secret cannot be read.
    #[error("could not read the {what} from {}", .path.display())]
    Secret {
        /// Which secret.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file with a secret holds nothing.
    #[error("{} is empty; it should hold the {what}", .path.display())]
    EmptySecret {
        /// Which secret.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Every account on this machine can read the secret.
    #[error("{} holds the {what} and has mode {mode:04o}: accounts other than its owner and group can use it", .path.display())]
    ExposedSecret {
        /// Which secret.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// A place in the configuration file. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Box<Path>,
    /// Line and column, where one is to blame.
    pub position: Option<(u32, u32)>,
}

impl Place {
    pub(super) fn new(path: &Path, text: &str, span: Option<Range<usize>>) -> Self {
        let position = span.and_then(|span| text.get(..span.start)).map(|before| {
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
            let column = before[line_start..].chars().count();
            (count(before.matches('\n').count()), count(column))
        });
        Self {
            path: path.into(),
            position,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)?;
        match self.position {
            Some((line, column)) => write!(f, ", line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

impl Error {
    /// Says what the TOML reader complains about, with the nearest key where it met an unknown one.
    ///
    /// Takes its message only: its full text quotes the line, which may hold a secret somebody put there.
    pub(super) fn from_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let place = Place::new(path, text, error.span());
        match unknown_field(error.message()) {
            Some((key, known)) => Self::UnknownKey {
                nearest: nearest(&key, &known),
                place,
                key,
                known,
            },
            None => Self::Malformed {
                place,
                reason: reason(text, error),
            },
        }
    }
}

/// The reader's complaint, with the key it is about and without the names of Rust's types.
fn reason(text: &str, error: &toml::de::Error) -> String {
    let message = error
        .message()
        .replace("expected i64", "expected a whole number")
        .replace("expected f64", "expected a number")
        .replace("expected path string", "expected a path in quotes")
        .replace("expected a string", "expected text in quotes");
    let line = error.span().and_then(|span| {
        let line_start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
        text[line_start..].lines().next()
    });
    match line.and_then(|line| line.split_once('=')) {
        Some((key, _)) => format!("`{}`: {message}", key.trim()),
        None => message,
    }
}

/// Takes apart serde's complaint about an unknown field: the field, and those it knows.
pub(super) fn unknown_field(message: &str) -> Option<(String, Vec<String>)> {
    let mut quoted = message
        .strip_prefix("unknown field ")?
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned);
    Some((quoted.next()?, quoted.collect()))
}

/// The candidate that `given` was probably meant to be, if any is close.
pub(super) fn nearest(given: &str, candidates: &[impl AsRef<str>]) -> Option<String> {
    /// Below this likeness a suggestion confuses more than it helps.
    const ALIKE: f64 = 0.75;
    candidates
        .iter()
        .map(|candidate| (strsim::jaro_winkler(given, candidate.as_ref()), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.as_ref().to_owned())
}

fn suggestion(nearest: Option<&str>, known: &[String]) -> String {
    let known: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
    let known = known.join(", ");
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`? The keys here are {known}"),
        None => format!("the keys here are {known}"),
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(" and ")
}
