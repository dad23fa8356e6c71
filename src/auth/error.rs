//! What can go wrong on the way to an access token.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use humantime::format_duration;

use crate::model::{Domain, Fault, GrantId};

use super::NangoRefusal;
use super::scopes::remedy;

/// Why there is no access token.
///
/// Cloneable, because all callers that wait for one refresh share its result. No variant carries a secret.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No stored grant of the configured app opens this site.
    #[error("{domain} is not connected")]
    NotConnected {
        /// The site that was asked for.
        domain: Domain,
    },
    /// The file of this grant is gone since it was last used.
    #[error("the grant {grant} is not stored any more")]
    Forgotten {
        /// The grant that was in use.
        grant: GrantId,
    },
    /// The authorization server does not know the refresh token any more: only a person can repair this.
    #[error("the consent is not valid any more: {description}")]
    ConsentWithdrawn {
        /// The server's words.
        description: String,
    },
    /// The authorization server does not accept the app's own credentials. The grant is untouched.
    #[error("the authorization server does not accept this client id with this client secret")]
    WrongClientSecret,
    /// The consent does not cover what is needed.
    #[error("the consent lacks the scopes {}: {}{}", .missing.join(" "), remedy(.missing), instead(.classic))]
    MissingScopes {
        /// The scopes to enable for the app before connecting again.
        missing: Vec<String>,
        /// Scopes it has from older guides, which do not help.
        classic: Vec<String>,
    },
    /// The person at the consent screen pressed Cancel.
    #[error("the consent was declined")]
    ConsentDeclined,
    /// The answer does not belong to the consent that was asked for.
    #[error("the redirect answers another consent than the one that was begun")]
    StateMismatch,
    /// What was pasted or received is not the redirect of a consent.
    #[error("this is not the address that the consent redirects to: {reason}")]
    NotARedirect {
        /// What it lacks.
        reason: &'static str,
    },
    /// Nobody answered the consent screen in time.
    #[error("nobody answered the consent within {}", format_duration(*.waited))]
    ConsentTimedOut {
        /// How long the listener waited.
        waited: Duration,
    },
    /// The consent does not open the site that was asked for.
    #[error("the consent does not open {wanted}; it opens {}", listed(.accessible))]
    NoSuchSite {
        /// The site that was asked for.
        wanted: Domain,
        /// The Confluence sites that the consent opens.
        accessible: Vec<Domain>,
    },
    /// No site was asked for and the consent does not open exactly one.
    #[error("which site is meant? The consent opens {}", listed(.accessible))]
    AmbiguousSite {
        /// The Confluence sites that the consent opens.
        accessible: Vec<Domain>,
    },
    /// The server gave a definite answer that is none of the known ones.
    #[error("could not {doing}: the server refused with status {status} ({error}{})", suffix(.description.as_ref()))]
    Refused {
        /// Completes "could not …".
        doing: &'static str,
        /// The HTTP status.
        status: u16,
        /// The OAuth error code, or what stands in its place.
        error: String,
        /// The server's explanation.
        description: Option<String>,
    },
    /// The server cannot answer now, or something in between answered in its place.
    #[error("could not {doing}: the server answered with status {status} and nothing to use")]
    Unavailable {
        /// Completes "could not …".
        doing: &'static str,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The request or its answer was lost.
    #[error("could not {doing}")]
    Transport {
        /// Completes "could not …".
        doing: &'static str,
        /// What the network said, without the address.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// Another process holds the lock of the grant for longer than a refresh can take.
    #[error("another process has been holding {} for {}", .path.display(), format_duration(*.waited))]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// A file or folder of the stored grants cannot be used.
    #[error("could not {doing} {}", .path.display())]
    TokenFile {
        /// Completes "could not …", followed by the path.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// A stored grant does not parse. The file is left as it is.
    #[error("{} is not a stored grant: {reason}", .path.display())]
    CorruptTokenFile {
        /// The file.
        path: PathBuf,
        /// Where it stops making sense; no content.
        reason: String,
    },
    /// Other users of the machine could read the file or folder, so the secrets inside cannot be trusted.
    #[error("{} can be read by others (mode {mode:03o}); {needed:03o} is needed", .path.display())]
    ExposedTokenFile {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they have to be.
        needed: u32,
    },
    /// A stored grant is encrypted and there is no key.
    #[error("{} is encrypted, and no key is configured", .path.display())]
    SealedTokenFile {
        /// The file.
        path: PathBuf,
    },
    /// A stored grant is encrypted with another key, or was tampered with. The file is left as it is.
    #[error("{} is encrypted with another key than the configured one, or damaged", .path.display())]
    WrongTokenKey {
        /// The file.
        path: PathBuf,
    },
    /// What is configured as the key of the stored grants is none.
    #[error("the token key is not 64 hexadecimal digits")]
    InvalidTokenKey,
    /// There is no site at this domain.
    #[error("there is no Confluence site at {domain}")]
    NoTenant {
        /// The site that was asked for.
        domain: Domain,
    },
    /// Nango said something that waiting does not change.
    #[error(transparent)]
    Nango(#[from] NangoRefusal),
    /// The server refused the only credentials there are, so its answer is the last word.
    #[error("there are no newer credentials than those that were refused")]
    NothingNewer,
    /// The listener for the redirect could not be opened.
    #[error("could not listen on {address} for the redirect")]
    Listen {
        /// Host and port of the configured redirect address.
        address: String,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// The redirect address of the app is not one that this machine can listen on.
    #[error("nobody here can listen on {redirect_uri}: {reason}")]
    NotALoopback {
        /// The configured redirect address.
        redirect_uri: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The task that was refreshing ended without a result: the runtime is stopping.
    #[error("the refresh was interrupted")]
    Interrupted,
}

impl Error {
    /// Whether waiting may help: the stored grant is as good as before and nobody has to act.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Transport { .. } | Self::Busy { .. } | Self::Interrupted => true,
            Self::NotConnected { .. }
            | Self::Forgotten { .. }
            | Self::ConsentWithdrawn { .. }
            | Self::WrongClientSecret
            | Self::MissingScopes { .. }
            | Self::ConsentDeclined
            | Self::StateMismatch
            | Self::NotARedirect { .. }
            | Self::ConsentTimedOut { .. }
            | Self::NoSuchSite { .. }
            | Self::AmbiguousSite { .. }
            | Self::Refused { .. }
            | Self::TokenFile { .. }
            | Self::CorruptTokenFile { .. }
            | Self::ExposedTokenFile { .. }
            | Self::SealedTokenFile { .. }
            | Self::WrongTokenKey { .. }
            | Self::InvalidTokenKey
            | Self::NoTenant { .. }
            | Self::Nango(_)
            | Self::NothingNewer
            | Self::Listen { .. }
            | Self::NotALoopback { .. } => false,
        }
    }

    /// Whether nothing but a person's consent helps.
    pub fn needs_consent(&self) -> bool {
        matches!(
            self,
            Self::NotConnected { .. }
                | Self::Forgotten { .. }
                | Self::ConsentWithdrawn { .. }
                | Self::MissingScopes { .. }
                | Self::Nango(NangoRefusal::Exhausted)
        )
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            error if error.needs_consent() => Fault::Consent,
            error if error.is_transient() => Fault::Passing,
            Self::WrongClientSecret
            | Self::NoTenant { .. }
            | Self::InvalidTokenKey
            | Self::SealedTokenFile { .. }
            | Self::WrongTokenKey { .. }
            | Self::ExposedTokenFile { .. }
            | Self::CorruptTokenFile { .. }
            | Self::Nango(_) => Fault::Settings,
            _ => Fault::Other,
        }
    }

    /// Whether the server may have done what was asked although no usable answer came.
    pub(super) fn leaves_outcome_open(&self) -> bool {
        match self {
            Self::Unavailable { status, .. } => *status != 429,
            Self::Transport { source, .. } => !source.is_connect(),
            _ => false,
        }
    }

    /// How long the server asked to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Wraps a failure of the network. The address stays out of it: a query may hold a code.
    pub(super) fn transport(doing: &'static str) -> impl Fn(reqwest::Error) -> Self {
        move |source| Self::Transport {
            doing,
            source: Arc::new(source.without_url()),
        }
    }

    /// Wraps a failure of the file system.
    pub(super) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::TokenFile {
            doing,
            path,
            source: Arc::new(source),
        }
    }
}

fn listed(domains: &[Domain]) -> String {
    match domains {
        [] => "no Confluence site".to_owned(),
        domains => domains.iter().map(Domain::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn instead(classic: &[String]) -> String {
    match classic {
        [] => String::new(),
        classic => format!(
            ". What it has is classic, and version 2 of the API takes none of it: {}",
            classic.join(" ")
        ),
    }
}

fn suffix(description: Option<&String>) -> String {
    description.map_or_else(String::new, |text| format!(": {text}"))
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_refusal_names_the_sites_that_would_do() {
        let error = Error::NoSuchSite {
            wanted: "acme.atlassian.net".parse().unwrap(),
            accessible: vec![
                "a.atlassian.net".parse().unwrap(),
                "b.atlassian.net".parse().unwrap(),
            ],
        };
        assert_eq!(
            error.to_string(),
            "the consent does not open acme.atlassian.net; it opens a.atlassian.net, b.atlassian.net"
        );
        let none = Error::AmbiguousSite {
            accessible: Vec::new(),
        };
        assert_eq!(
            none.to_string(),
            "which site is meant? The consent opens no Confluence site"
        );
    }
}
