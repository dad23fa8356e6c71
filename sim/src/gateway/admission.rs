//! Whether a token opens a site.

use serde_json::json;

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
}

/// Lets a request in, or answers it.
pub(crate) fn admit(
    world: &World,
    ask: &Ask,
    cloud_id: &str,
    path: &str,
    route: Option<&Route>,
) -> Result<Admitted, Reply> {
    let family = match ask
        .bearer()
        .map(|token| world.grants.standing(token, world.now()))
    {
        Some(Standing::Valid(family)) => family.clone(),
        // The gateway lets it through as an anonymous visitor, who may not see anything.
        Some(Standing::Expired) if path.starts_with("/wiki/rest/") => return Err(not_permitted()),
        Some(Standing::Expired) => return Err(Refusal::not_found("Not Found").into_reply()),
        Some(Standing::Unknown) | None => return Err(unauthorized()),
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
    Ok(Admitted { family, site })
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
