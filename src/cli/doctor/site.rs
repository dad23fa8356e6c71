//! Does a connection work: its grant, its scopes, and what the account sees.

use std::sync::Arc;

use crate::app;
use crate::auth::{self, Entrance, StoredGrant, scopes};
use crate::config::{Auth, Config, Connection};
use crate::confluence::{self, Client, ErrorKind, Order, Points};
use crate::model::{Clock, Domain, Space};

use super::{Diagnosis, told};
use crate::cli::report::{of_sign_in, remedy};

pub(super) async fn examine(
    config: &Config,
    connection: &Connection,
    http: &reqwest::Client,
    clock: &Clock,
) -> Vec<Diagnosis> {
    let domain = &connection.domain;
    let mut diagnoses = Vec::new();
    let mut name = "the account".to_owned();
    if connection.auth == Auth::OAuth {
        let grant = match stored(config, domain, http, clock).await {
            Ok(grant) => grant,
            Err(error) => return vec![refused(domain, &error)],
        };
        if let Some(withdrawal) = &grant.withdrawn {
            let found = format!("withdrawn at {}: {}", withdrawal.at, withdrawal.description);
            return vec![Diagnosis::fail("consent", found, renewal(domain))];
        }
        diagnoses.extend([consent(&grant, clock), allowed(config, &grant)]);
        name = grant.account_name;
    }
    let (entrance, valid) = match token(config, domain, http, clock).await {
        Ok(opened) => opened,
        Err(error) => {
            diagnoses.push(refused(domain, &error));
            return diagnoses;
        }
    };
    diagnoses.push(valid);
    let points = Arc::new(Points::new(0, clock.clone()));
    let client = app::client(config, entrance, http.clone(), points, None);
    diagnoses.extend(match visible(&client).await {
        Ok(spaces) => seen(connection, &name, &spaces),
        Err(error) => vec![unseen(domain, &error)],
    });
    diagnoses
}

async fn stored(
    config: &Config,
    domain: &Domain,
    http: &reqwest::Client,
    clock: &Clock,
) -> Result<StoredGrant, app::Error> {
    if !config.credentials_dir().exists() {
        let domain = domain.clone();
        return Err(auth::Error::NotConnected { domain }.into());
    }
    let grants = app::grants(config, app::oauth_app(config)?, http.clone(), clock.clone())?;
    Ok(grants.grant_for(domain).await?.0)
}

async fn token(
    config: &Config,
    domain: &Domain,
    http: &reqwest::Client,
    clock: &Clock,
) -> Result<(Entrance, Diagnosis), app::Error> {
    let entrance = app::enter(config, domain, http, clock).await?;
    entrance.authenticator.access_token().await?;
    Ok((entrance, Diagnosis::ok("access token", "valid")))
}

fn consent(grant: &StoredGrant, clock: &Clock) -> Diagnosis {
    match grant.warning(clock.now()) {
        Some(warning) => Diagnosis::warn("consent", warning, "renew it before it ends"),
        None => Diagnosis::ok("consent", format!("of {}, living", grant.account_name)),
    }
}

fn allowed(config: &Config, grant: &StoredGrant) -> Diagnosis {
    let lacking = app::lacking(config, &grant.scopes);
    if scopes::only_search(&grant.scopes) {
        let wanted = scopes::wanted(app::needs(config));
        let missing = scopes::missing(&grant.scopes, &wanted);
        let found = format!(
            "classic only, so content is found by search: 50 pages a request instead of 250, changes late, and nothing \
             that is missing is buried unasked; the listings need {}",
            missing.join(" ")
        );
        return Diagnosis::warn("scopes", found, scopes::remedy(&missing));
    }
    let missing: Vec<String> = lacking.iter().flat_map(|(_, missing)| missing.clone()).collect();
    if missing.is_empty() {
        return Diagnosis::ok("scopes", "enough for all that is configured");
    }
    let words = lacking
        .iter()
        .map(|(word, missing)| format!("{word} needs {}", missing.join(" ")));
    let classic = scopes::classic(&grant.scopes).join(" ");
    let in_vain = (!classic.is_empty()).then(|| format!("classic scopes do not help: {classic}"));
    let found: Vec<_> = words.chain(in_vain).collect();
    Diagnosis::warn("scopes", found.join("; "), scopes::remedy(&missing))
}

async fn visible(client: &Client) -> Result<Vec<Space>, confluence::Error> {
    let (mut spaces, mut after) = (Vec::new(), None);
    loop {
        let batch = client.spaces(Order::Id, after.as_ref()).await?;
        spaces.extend(batch.items.into_iter().flatten());
        after = batch.next;
        if after.is_none() {
            return Ok(spaces);
        }
    }
}

fn seen(connection: &Connection, name: &str, spaces: &[Space]) -> Vec<Diagnosis> {
    if spaces.is_empty() {
        let fix =
            format!("let {name} view the spaces that are to be mirrored, or connect as another account");
        return vec![Diagnosis::fail("spaces", format!("{name} sees none"), fix)];
    }
    let mut diagnoses = vec![Diagnosis::ok("spaces", format!("{name} sees {}", spaces.len()))];
    let is_seen = |key: &str| {
        spaces
            .iter()
            .any(|space| space.key.as_str().eq_ignore_ascii_case(key))
    };
    let hidden = connection
        .spaces
        .include
        .iter()
        .filter(|key| !key.contains('*') && !is_seen(key));
    diagnoses.extend(hidden.map(|key| {
        let fix = format!("correct `spaces.include`, or let {name} view {key}");
        Diagnosis::warn(
            "spaces",
            format!("{key} is configured, and {name} does not see it"),
            fix,
        )
    }));
    diagnoses
}

fn unseen(domain: &Domain, error: &confluence::Error) -> Diagnosis {
    let fix = match &error.kind {
        ErrorKind::Forbidden => {
            "give the account access to Confluence in the administration of the site".to_owned()
        }
        ErrorKind::Auth(error) => remedy(error, Some(domain.as_str())).unwrap_or_else(|| renewal(domain)),
        ErrorKind::ScopeMismatch { .. } | ErrorKind::Unauthorized => renewal(domain),
        ErrorKind::NotFound => format!(
            "the site may have been moved or deleted; if it is there, {}",
            renewal(domain)
        ),
        _ => "try again later; the mirror answers in the meantime".to_owned(),
    };
    Diagnosis::fail("spaces", told(error), fix)
}

/// Why there is no token, and what helps.
fn refused(domain: &Domain, error: &(impl std::error::Error + 'static)) -> Diagnosis {
    let first: &(dyn std::error::Error + 'static) = error;
    let mut chain = std::iter::successors(Some(first), |cause| cause.source());
    let known = chain.find_map(of_sign_in);
    let fix = known.and_then(|error| remedy(error, Some(domain.as_str())));
    Diagnosis::fail("consent", told(error), fix.unwrap_or_else(|| renewal(domain)))
}

fn renewal(domain: &Domain) -> String {
    format!("millpond connect {domain}")
}
