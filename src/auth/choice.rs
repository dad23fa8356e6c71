//! Which of the sites that a consent opens is meant.

use crate::model::{Domain, Site};

use super::{AccessibleSite, Error};

/// Which of the sites that a consent opens is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one at exactly this host.
    Domain(Domain),
    /// The only one there is.
    Only,
    /// Whichever comes first.
    First,
}

impl Choice {
    /// The site that is meant.
    pub(super) fn among(&self, sites: &[AccessibleSite]) -> Result<Site, Error> {
        let accessible = || sites.iter().map(|entry| entry.site.domain.clone()).collect();
        let ambiguous = || Error::AmbiguousSite {
            accessible: accessible(),
        };
        let found = match (self, sites) {
            (Self::Domain(domain), sites) => {
                let exact = sites.iter().find(|entry| entry.site.domain == *domain);
                exact.ok_or_else(|| Error::NoSuchSite {
                    wanted: domain.clone(),
                    accessible: accessible(),
                })?
            }
            (Self::Only, [only]) => only,
            (Self::Only, _) => return Err(ambiguous()),
            (Self::First, sites) => sites.first().ok_or_else(ambiguous)?,
        };
        Ok(found.site.clone())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Choice;
    use crate::auth::{AccessibleSite, Error};
    use crate::model::{CloudId, Site};

    pub(in crate::auth) fn site(domain: &str) -> AccessibleSite {
        AccessibleSite {
            site: Site {
                cloud_id: CloudId::new(domain),
                domain: domain.parse().unwrap(),
                name: domain.to_owned(),
            },
            scopes: Vec::new(),
        }
    }

    #[test]
    fn a_site_is_chosen_by_its_exact_host_or_refused_with_the_list() {
        let two = [site("a.atlassian.net"), site("acme.atlassian.net")];
        let wanted = |domain: &str| Choice::Domain(domain.parse().unwrap());
        let chosen = |sites: &[AccessibleSite], choice: &Choice| {
            choice.among(sites).map(|site| site.domain.to_string())
        };
        assert_eq!(
            chosen(&two, &wanted("ACME.atlassian.net")).unwrap(),
            "acme.atlassian.net"
        );
        assert_eq!(chosen(&two[..1], &Choice::Only).unwrap(), "a.atlassian.net");
        assert_eq!(chosen(&two, &Choice::First).unwrap(), "a.atlassian.net");
        let no_such = chosen(&two, &wanted("acme.atlassian.com")).unwrap_err();
        assert!(matches!(no_such, Error::NoSuchSite { accessible, .. } if accessible.len() == 2));
        for (sites, choice) in [
            (&two[..], Choice::Only),
            (&[], Choice::Only),
            (&[], Choice::First),
        ] {
            assert!(matches!(chosen(sites, &choice), Err(Error::AmbiguousSite { .. })));
        }
    }
}
