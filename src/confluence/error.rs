//! What can go wrong between us and the site.

use std::fmt;

use crate::auth;
use crate::model::{Fault, Timestamp};

/// A request that was given up: where, after how many attempts, and why.
#[derive(Debug)]
pub struct Error {
    /// Method and route template, such as `GET /wiki/api/v2/pages`.
    pub route: &'static str,
    /// How often the request was sent or about to be.
    pub attempts: u32,
    /// Why it was given up.
    pub kind: ErrorKind,
}

/// Why a request was given up. Each variant is something a caller treats differently.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The site refuses even a token that was just renewed.
    #[error("the site does not accept the access token")]
    Unauthorized,
    /// The grant lacks a scope this route needs. No newer token helps: the app or the consent must change.
    #[error("the grant lacks a scope; this request needs {}", .scopes.join(" "))]
    ScopeMismatch {
        /// All that the route needs.
        scopes: &'static [&'static str],
    },
    /// The account may not do this.
    #[error("the account is not permitted to do this")]
    Forbidden,
    /// Gone, never there, or hidden from the account: the site does not tell which.
    #[error("not found, or hidden from the account")]
    NotFound,
    /// The site no longer accepts the cursor: begin the listing again.
    #[error("the site no longer accepts the place in the listing")]
    BadCursor,
    /// The site asked to wait longer than a request may, or kept asking. Nothing is sent before `until`.
    #[error("rate limited until {until}")]
    RateLimited {
        /// When the site takes requests again, by our clock.
        until: Timestamp,
    },
    /// The app's points for this hour are spent. Nothing is sent before `until`, by any connection of the app.
    #[error("the app's points for this hour are spent; they return at {until}")]
    PointsSpent {
        /// When points are back, by our clock.
        until: Timestamp,
    },
    /// Any other answer that is not a success, redirects included.
    #[error("the site answered {status}{}", explained(.message.as_deref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The site's own words, where it sent JSON with some; at most a line.
        message: Option<String>,
    },
    /// A listing with bodies fails here even for a single item, so it is that item's body that fails.
    ///
    /// The same listing from the same cursor without bodies and with `limit` 1 names the item and leads past it.
    #[error("the site cannot deliver the body of the next item")]
    BodyRefused {
        /// How the request for the single item failed.
        #[source]
        cause: Box<ErrorKind>,
    },
    /// A listing fails here even for a single item, though the site answers other requests: so it is that item. Also
    /// one thing that was asked for by its name.
    ///
    /// Nothing leads past the item from this side.
    #[error("the site cannot deliver the next item")]
    ItemRefused {
        /// How the request for the single item failed.
        #[source]
        cause: Box<ErrorKind>,
    },
    /// The answer is larger than we are willing to hold.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A successful answer that is not a listing.
    #[error("the answer is not a listing: {reason}")]
    Decode {
        /// What is wrong with it; holds no content.
        reason: String,
    },
    /// The listing does not advance: a cursor leads to itself, or to nothing but empty pages.
    #[error("the listing does not advance")]
    CursorLoop,
    /// No answer, or only part of one.
    #[error("no complete answer")]
    Transport(#[source] reqwest::Error),
    /// There is no access token to send.
    #[error("no access token")]
    Auth(#[from] auth::Error),
}

impl ErrorKind {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::RateLimited { .. }
            | Self::PointsSpent { .. }
            | Self::Transport(_)
            | Self::Status { status: 500.., .. } => Fault::Passing,
            Self::Unauthorized | Self::ScopeMismatch { .. } => Fault::Consent,
            Self::Auth(error) => error.fault(),
            Self::ItemRefused { cause } => cause.fault(),
            _ => Fault::Other,
        }
    }

    /// Whether a listing with fewer bodies may succeed where this one failed.
    pub(super) fn may_be_size(&self) -> bool {
        match self {
            Self::Transport(error) => !error.is_connect(),
            Self::Decode { .. } => true,
            kind => kind.is_breakdown(),
        }
    }

    /// Whether the site failed over what it was asked for. What has no bodies is small, so an answer that breaks off
    /// or does not come is no such sign.
    pub(super) fn is_breakdown(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 500 | 502 | 503 | 504),
            Self::TooLarge { .. } => true,
            _ => false,
        }
    }
}

impl Error {
    /// Whether nobody but a person can change the answer, by allowing more to the grant or to its account. Other
    /// requests may be answered all the same.
    pub fn is_refusal(&self) -> bool {
        matches!(self.kind, ErrorKind::ScopeMismatch { .. } | ErrorKind::Forbidden)
    }

    /// Whether an item is in the way that the site cannot deliver, and no other request shows that the site is down.
    pub fn is_about_an_item(&self) -> bool {
        matches!(self.kind, ErrorKind::ItemRefused { .. })
    }

    /// The error and its causes in one line.
    pub fn in_full(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            line = format!("{line}: {next}");
            cause = next.source();
        }
        line
    }

    /// The same without blaming an item: of what was asked only to hear whether the site answers.
    pub(super) fn blaming_nothing(self) -> Self {
        let kind = match self.kind {
            ErrorKind::ItemRefused { cause } => *cause,
            kind => kind,
        };
        Self { kind, ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.route, self.kind)?;
        match self.attempts {
            0 | 1 => Ok(()),
            attempts => write!(f, " (after {attempts} attempts)"),
        }
    }
}

// The kind is part of the message, so the chain goes on with what lies behind the kind.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

fn explained(message: Option<&str>) -> String {
    message.map(|message| format!(": {message}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::{Error, ErrorKind};

    #[test]
    fn an_error_says_where_what_and_how_hard_we_tried() {
        let status = |status, message: Option<&str>| ErrorKind::Status {
            status,
            message: message.map(str::to_owned),
        };
        for (attempts, kind, expected) in [
            (
                1,
                ErrorKind::NotFound,
                "GET /x: not found, or hidden from the account",
            ),
            (
                4,
                status(502, None),
                "GET /x: the site answered 502 (after 4 attempts)",
            ),
            (
                1,
                status(410, Some("gone")),
                "GET /x: the site answered 410: gone",
            ),
            (
                2,
                ErrorKind::RateLimited {
                    until: "2026-03-01T10:00:00Z".parse().unwrap(),
                },
                "GET /x: rate limited until 2026-03-01T10:00:00.000Z (after 2 attempts)",
            ),
        ] {
            let error = Error {
                route: "GET /x",
                attempts,
                kind,
            };
            assert_eq!(error.to_string(), expected);
            assert!(error.source().is_none());
        }
    }

    #[test]
    fn what_lies_behind_the_kind_is_the_source() {
        let error = Error {
            route: "GET /x",
            attempts: 1,
            kind: ErrorKind::BodyRefused {
                cause: Box::new(ErrorKind::Status {
                    status: 500,
                    message: None,
                }),
            },
        };
        assert_eq!(error.source().unwrap().to_string(), "the site answered 500");
    }
}
