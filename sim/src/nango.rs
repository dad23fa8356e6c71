//! A Nango that keeps consents to an app of its own, and refreshes them when it is asked for their tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use crate::http::{Ask, Reply};
use crate::log::Refresh;
use crate::oauth::{ACCESS_LIFETIME, Family};
use crate::state::{AccountId, World};

/// Its app at Atlassian.
const CLIENT_ID: &str = "the-app-of-nango";
/// A token with less left than this is refreshed before it is handed out.
const MARGIN: TimeDelta = TimeDelta::minutes(15);
/// Refreshes that fail for so long are not tried any more.
const PATIENCE: TimeDelta = TimeDelta::days(4);

/// One of its connections.
#[derive(Debug)]
struct Connection {
    integration: String,
    account: AccountId,
    /// Cloud id and domain, as noted when the connection was made.
    site: (String, String),
    access: String,
    refresh: String,
    expires_at: DateTime<Utc>,
    failing_since: Option<DateTime<Utc>>,
}

/// What it remembers.
#[derive(Debug, Default)]
pub(crate) struct Nango {
    secret_key: Option<String>,
    connections: BTreeMap<String, Connection>,
}

/// Makes a connection, as if `account` had just consented to it in Nango's own window.
pub(crate) fn connect(
    world: &mut World,
    secret_key: &str,
    (integration, id): (&str, &str),
    account: &AccountId,
    (site, scopes): (usize, Vec<String>),
) {
    let now = world.now();
    let family = Family::new(CLIENT_ID, account, scopes, now);
    let pair = world.grants.begin(family, now);
    let refresh = pair.refresh.unwrap_or_default();
    let secrets = [secret_key.to_owned(), pair.access.clone(), refresh.clone()];
    world.records.secrets.extend(secrets);
    let site = &world.sites[site];
    let connection = Connection {
        integration: integration.to_owned(),
        account: AccountId::clone(account),
        site: (site.cloud_id.clone(), site.domain.clone()),
        access: pair.access,
        refresh,
        expires_at: now + ACCESS_LIFETIME,
        failing_since: None,
    };
    world.nango.secret_key = Some(secret_key.to_owned());
    world.nango.connections.insert(id.to_owned(), connection);
}

/// `GET /connection/{id}`
pub(crate) fn connection(world: &mut World, ask: &Ask) -> Reply {
    answer(world, ask).unwrap_or_else(|reply| reply)
}

fn answer(world: &mut World, ask: &Ask) -> Result<Reply, Reply> {
    if ask.bearer().is_none() || ask.bearer() != world.nango.secret_key.as_deref() {
        return Err(refusal(401, "unknown_account", "No account for this secret key"));
    }
    let integration = ask.param("provider_config_key").unwrap_or_default();
    let connections = &world.nango.connections;
    if !connections.values().any(|known| known.integration == integration) {
        return Err(refusal(
            400,
            "unknown_provider_config",
            "Provider does not exists",
        ));
    }
    let id = ask.path.rsplit('/').next().unwrap_or_default().to_owned();
    let found = connections
        .get(&id)
        .filter(|found| found.integration == integration);
    let found = found.ok_or_else(|| refusal(404, "not_found", "Failed to find connection"))?;
    let is_forced = ask.param("force_refresh") == Some("true");
    if is_forced || found.expires_at - world.now() < MARGIN {
        refresh(world, &id)?;
    }
    let connection = &world.nango.connections[&id];
    let (cloud_id, domain) = &connection.site;
    Ok(Reply::json(
        200,
        &json!({
            "id": 1,
            "connection_id": id,
            "provider_config_key": integration,
            "provider": "confluence",
            "errors": [],
            "metadata": null,
            "connection_config": { "cloudId": cloud_id, "baseUrl": format!("https://{domain}") },
            "credentials": {
                "type": "OAUTH2",
                "access_token": connection.access,
                "expires_at": connection.expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
                "raw": {},
            },
        }),
    ))
}

fn refresh(world: &mut World, id: &str) -> Result<(), Reply> {
    let now = world.now();
    let Some(connection) = world.nango.connections.get_mut(id) else {
        return Ok(());
    };
    if connection
        .failing_since
        .is_some_and(|since| now - since >= PATIENCE)
    {
        let words = "The refresh limit has been reached for this connection.";
        return Err(refusal(424, "invalid_credentials", words));
    }
    let Ok(rotation) = world.grants.rotate(CLIENT_ID, &connection.refresh, now) else {
        connection.failing_since.get_or_insert(now);
        let words = "The external API returned an error when trying to refresh the access token. Please try again later.";
        return Err(refusal(400, "invalid_credentials", words));
    };
    connection.access = rotation.pair.access;
    connection.refresh = rotation.pair.refresh.unwrap_or_default();
    connection.expires_at = now + ACCESS_LIFETIME;
    connection.failing_since = None;
    let tokens = [connection.access.clone(), connection.refresh.clone()];
    world.records.secrets.extend(tokens);
    world.records.refreshes.push(Refresh {
        at: now,
        account: connection.account.as_ref().to_owned(),
        is_reuse: rotation.is_reuse,
    });
    Ok(())
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": { "code": code, "message": message } }))
}
