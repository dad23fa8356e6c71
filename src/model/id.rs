//! Identifiers. Each is parsed once, at the border, and then only passed on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Defines an opaque identifier that another system made: any text, compared byte for byte.
macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the identifier as its system wrote it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The identifier as its system wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id! {
    /// The identity of a site. Its URL may change, this does not.
    CloudId
}
opaque_id! {
    /// The id of a space. Numeric today; the API calls it a string.
    SpaceId
}
opaque_id! {
    /// The short name of a space that people see and links use, such as `ENG` or `~712020…`.
    SpaceKey
}
opaque_id! {
    /// The id of a page, blog post, folder or other content. Numeric today; the API calls it a string.
    ContentId
}
opaque_id! {
    /// The id of an Atlassian account.
    AccountId
}
opaque_id! {
    /// The id of a label. Numeric today; the API calls it a string.
    LabelId
}

/// The number of a [run](super::SyncMode) in this mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The host name of a site, such as `acme.atlassian.net`: lower case, no scheme, no port, no path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// A text that is not the host name of a site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a host name such as acme.atlassian.net")]
pub struct InvalidDomain {
    given: String,
}

impl Domain {
    /// The host name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain in an address such as `https://acme.atlassian.net`, as the list of accessible sites has it.
    pub fn of_url(url: &str) -> Result<Self, InvalidDomain> {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        host.split(['/', '?', '#']).next().unwrap_or_default().parse()
    }
}

impl FromStr for Domain {
    type Err = InvalidDomain;

    fn from_str(given: &str) -> Result<Self, InvalidDomain> {
        let host = given.trim().trim_end_matches('.').to_ascii_lowercase();
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if host.len() <= 253 && host.contains('.') && host.split('.').all(is_label) {
            Ok(Self(host))
        } else {
            Err(InvalidDomain {
                given: given.to_owned(),
            })
        }
    }
}

impl TryFrom<String> for Domain {
    type Error = InvalidDomain;

    fn try_from(given: String) -> Result<Self, InvalidDomain> {
        given.parse()
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl AsRef<str> for Domain {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Domain;

    #[test]
    fn a_domain_is_a_bare_host_name_in_lower_case() {
        for (given, expected) in [
            ("acme.atlassian.net", Some("acme.atlassian.net")),
            (" ACME.Atlassian.net. ", Some("acme.atlassian.net")),
            ("https://acme.atlassian.net", None),
            ("acme.atlassian.net/wiki", None),
            ("acme.atlassian.net:443", None),
            ("acme", None),
            ("-acme.net", None),
            ("acme..net", None),
            ("", None),
            ("ac me.net", None),
        ] {
            let parsed = given.parse::<Domain>().ok();
            assert_eq!(parsed.as_ref().map(Domain::as_str), expected, "{given:?}");
        }
    }

    #[test]
    fn the_domain_of_an_address_is_its_host() {
        let domain = Domain::of_url("https://Acme.atlassian.net/wiki?x#y").unwrap();
        assert_eq!(domain.as_str(), "acme.atlassian.net");
        assert!(Domain::of_url("https:///wiki").is_err());
    }
}
