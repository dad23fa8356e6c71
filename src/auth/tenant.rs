//! Asks a site's own host which tenant it is. That takes no credentials, and none are sent.

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::model::{CloudId, Domain, Site};

use super::ask::{ask, below};
use super::retry::persist;
use super::{Error, Options};

const DOING: &str = "ask the site for its cloud id";

/// A site's own host.
#[derive(Clone, Debug)]
pub struct Tenant {
    site_url: Url,
    http: reqwest::Client,
    options: Options,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "cloudId")]
    cloud_id: CloudId,
}

impl Tenant {
    /// The host that is reached at `site_url`. `http` must not follow redirects.
    pub fn new(site_url: Url, http: reqwest::Client, options: Options) -> Self {
        Self {
            site_url,
            http,
            options,
        }
    }

    pub(super) fn site_url(&self) -> &Url {
        &self.site_url
    }

    /// The site, which people reach at `domain`.
    pub(super) async fn site(&self, domain: &Domain) -> Result<Site, Error> {
        let cloud_id = persist(&self.options, || self.cloud_id(domain), |_| {}).await?;
        Ok(named(cloud_id, domain))
    }

    async fn cloud_id(&self, domain: &Domain) -> Result<CloudId, Error> {
        let request = self.http.get(below(&self.site_url, "_edge/tenant_info"));
        let answer = ask(DOING, request, self.options.request_timeout).await?;
        if answer.status == StatusCode::NOT_FOUND {
            let domain = domain.clone();
            return Err(Error::NoTenant { domain });
        }
        match serde_json::from_slice::<Identity>(&answer.body) {
            Ok(identity) if answer.status.is_success() => Ok(identity.cloud_id),
            _ => Err(answer.unavailable(DOING)),
        }
    }
}

/// A site of which no more is known than its identity and its address, which begins with its name.
pub(super) fn named(cloud_id: CloudId, domain: &Domain) -> Site {
    let name = domain.as_str().split('.').next().unwrap_or_default();
    Site {
        cloud_id,
        domain: domain.clone(),
        name: name.to_owned(),
    }
}
