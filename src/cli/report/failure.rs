//! What a command itself finds wrong.

use std::path::PathBuf;

use crate::auth;
use crate::daemon::Refusal;
use crate::model::{Fault, Outcome};

/// What a command itself finds wrong.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Failure {
    /// `init` would overwrite a configuration.
    #[error("{} exists", .path.display())]
    WouldReplace {
        /// The file.
        path: PathBuf,
    },
    /// `init` needs an answer and nobody is there to give it.
    #[error("nobody to ask: standard input is no terminal")]
    NobodyToAsk {
        /// The flag that would have answered.
        flag: &'static str,
    },
    /// A site does not let us in.
    #[error("{domain} cannot be mirrored")]
    Unopened {
        /// The site.
        domain: String,
        /// Why.
        #[source]
        source: auth::Error,
    },
    /// There is no token to print.
    #[error("there is no token for {domain}")]
    NoToken {
        /// What was asked for.
        domain: String,
    },
    /// Nobody is there to do it.
    #[error("no daemon is running")]
    NoDaemon,
    /// The daemon does not run what it was asked for.
    #[error("{domain}: {}", refused(.refusal))]
    NotRun {
        /// The site.
        domain: String,
        /// Why.
        refusal: Refusal,
    },
    /// The configuration does not name this site.
    #[error("{domain} is not in the configuration")]
    NotConfigured {
        /// What was asked for.
        domain: String,
    },
    /// The mirror has nothing by that name.
    #[error("the mirror has no {what}")]
    NotMirrored {
        /// What was asked for.
        what: String,
    },
    /// No page is meant by what was given.
    #[error("there is no such page in the mirror")]
    NoSuchPage {
        /// Pages with a similar title.
        close: Vec<String>,
    },
    /// The page has no such version here.
    #[error("the mirror has {} version {version} of page {page}", if *.is_known { "no body of" } else { "no" })]
    NoSuchVersion {
        /// The page.
        page: String,
        /// The version.
        version: u32,
        /// Whether it is known that there was one.
        is_known: bool,
    },
    /// More than one page may be meant.
    #[error("several pages are called that: {}", .pages.join(", "))]
    SeveralPages {
        /// Those pages.
        pages: Vec<String>,
    },
    /// Something that a mirror needs does not work.
    #[error("{failed} of the checks failed")]
    Unwell {
        /// How many.
        failed: usize,
    },
    /// `check` found something.
    #[error("the mirror is not sound: {flaws} {}", if *.flaws == 1 { "flaw" } else { "flaws" })]
    Unsound {
        /// How much.
        flaws: usize,
    },
    /// Rendering again was interrupted.
    #[error("interrupted: {left} pages are left to be rendered")]
    HalfRendered {
        /// How many pages wait.
        left: u64,
        /// Whether it was more than what is outdated.
        everything: bool,
    },
    /// A run ended without being complete.
    #[error("{domain}: {}", ended(.outcome))]
    Run {
        /// The site.
        domain: String,
        /// How it ended.
        outcome: Outcome,
        /// Whose fault it was, where the error itself is not at hand.
        fault: Option<Fault>,
    },
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unfinished { until } => {
            format!(
                "the points for copying and sweeping are spent; it goes on with the first run after {until}"
            )
        }
        Outcome::Deferred { until } => format!("the site asked to wait until {until}"),
        Outcome::NeedsConsent => "a person must consent again".to_owned(),
        Outcome::Interrupted => "the run was interrupted; the next one goes on where it stopped".to_owned(),
        other => format!("the run {}", other.as_str()),
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unknown => "the daemon has no such connection".to_owned(),
        Refusal::Paused => "it is paused".to_owned(),
        Refusal::Early(until) => format!("the site asked to wait until {until}"),
        Refusal::NeedsConsent(_) => "a person must consent".to_owned(),
        Refusal::Unopened(reason) => format!("it cannot be mirrored: {reason}"),
        Refusal::Dropped => {
            "the daemon is stopping, or somebody asked for another run in the place of this one".to_owned()
        }
    }
}

impl Failure {
    /// The site that it is about.
    pub(super) fn domain(&self) -> Option<&str> {
        match self {
            Self::Unopened { domain, .. } | Self::NoToken { domain } | Self::Run { domain, .. } => {
                Some(domain)
            }
            _ => None,
        }
    }
}
