//! Whether a token opens a site.

use serde_json::json;

use crate::api_tokens::{ApiToken, for_strangers};
use crate::http::{Ask, Reply};
use crate::oauth::{Family, Standing, scope_does_not_match, unauthorized};
use crate::state::World;
use crate::v2::Refusal;

use super::Route;

/// Who came in, and where.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) family: Family,
    /// Index of the site.
    pub(crate) site: usize,
    /// Whether an app came in, whose points are counted.
    pub(crate) is_app: bool,
}

/// Where a request arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// At the gateway, for apps and for API tokens with scopes.
    Gateway,
    /// At the site's own host, for classic API tokens.
    SiteHost,
}

/// Lets a request in, or answers it.
pub(crate) fn admit(
    world: &World,
    ask: &Ask,
    (door, cloud_id): (Door, &str),
    path: &str,
    route: Option<&Route>,
) -> Result<Admitted, Reply> {
    let api_token = world.api_tokens.of(ask);
    let family = match api_token {
        Some(token) => of_api_token(world, ask, token, door, route)?,
        None if door == Door::SiteHost => return Err(unauthorized()),
        None => of_bearer(world, ask, path)?,
    };
    let site = world.sites.iter().position(|site| site.cloud_id == cloud_id);
    let (Some(site), Some(route)) = (site, route) else {
        return Err(no_such_route(world, &ask.path));
    };
    let is_chosen = family
        .sites
        .as_ref()
        .is_none_or(|chosen| chosen.iter().any(|id| id == cloud_id));
    let has_scope = |scope: &&str| family.scopes.iter().any(|granted| granted == scope);
    if !is_chosen || !(route.scopes.is_empty() || route.scopes.iter().any(has_scope)) {
        return Err(scope_does_not_match());
    }
    if !world.sites[site].members.contains(&family.account) {
        return Err(not_permitted());
    }
    Ok(Admitted {
        family,
        site,
        is_app: api_token.is_none(),
    })
}

/// Whose consent an access token proves.
fn of_bearer(world: &World, ask: &Ask, path: &str) -> Result<Family, Reply> {
    match ask
        .bearer()
        .map(|token| world.grants.standing(token, world.now()))
    {
        Some(Standing::Valid(family)) => Ok(family.clone()),
        // The gateway lets it through as an anonymous visitor, who may not see anything.
        Some(Standing::Expired) if path.starts_with("/wiki/rest/") => Err(not_permitted()),
        Some(Standing::Expired) => Err(Refusal::not_found("Not Found").into_reply()),
        Some(Standing::Unknown) | None => Err(unauthorized()),
    }
}

/// What an API token is worth at a door: each sort has one of its own.
fn of_api_token(
    world: &World,
    ask: &Ask,
    token: &ApiToken,
    door: Door,
    route: Option<&Route>,
) -> Result<Family, Reply> {
    let scopes = match (&token.scopes, door) {
        (Some(scopes), Door::Gateway) => scopes.clone(),
        (None, Door::SiteHost) => {
            let all = route.into_iter().flat_map(|route| route.scopes);
            all.map(|scope| (*scope).to_owned()).collect()
        }
        _ => return Err(unauthorized()),
    };
    if token.is_expired {
        return Err(for_strangers(ask, route.map_or("", |route| route.template)));
    }
    Ok(Family::new("", &token.account, scopes, world.now()))
}

fn not_permitted() -> Reply {
    Reply::json(
        403,
        &json!({ "message": "Current user not permitted to use Confluence", "statusCode": 403 }),
    )
}

/// The gateway's own words for a path that leads nowhere, such as one without a cloud id.
pub(crate) fn no_such_route(world: &World, path: &str) -> Reply {
    let body = json!({
        "timestamp": world.now().to_rfc3339(),
        "status": 404,
        "error": "Not Found",
        "message": "No message available",
        "path": path,
    });
    Reply::json(404, &body)
}
