//! Which sites a token reaches, and whose it is.

use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::state::{Site, World};

use super::{Family, Standing};

/// `GET /oauth/token/accessible-resources`
pub(crate) fn accessible_resources(world: &mut World, ask: &Ask) -> Reply {
    let Some(family) = family(world, ask) else {
        return unauthorized();
    };
    let mut entries = Vec::new();
    for site in world.sites.iter().filter(|site| reaches(&family, site)) {
        let of_confluence = |scope: &&String| scope.ends_with(":confluence");
        let scopes: Vec<&String> = family.scopes.iter().filter(of_confluence).collect();
        // One site, two products, one id: whoever looks for the id alone may take the wrong entry.
        entries.push(entry(site, &json!(["read:jira-user", "read:jira-work"])));
        entries.push(entry(site, &json!(scopes)));
    }
    Reply::json(200, &entries)
}

fn entry(site: &Site, scopes: &Value) -> Value {
    json!({
        "id": site.cloud_id,
        "url": format!("https://{}", site.domain),
        "name": site.name,
        "scopes": scopes,
        "avatarUrl": "https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/site.png",
    })
}

/// Whether the consent covers the site and its account still belongs to it.
fn reaches(family: &Family, site: &Site) -> bool {
    let is_chosen = |chosen: &Vec<String>| chosen.contains(&site.cloud_id);
    site.members.contains(&family.account) && family.sites.as_ref().is_none_or(is_chosen)
}

/// `GET /me`
pub(crate) fn me(world: &mut World, ask: &Ask) -> Reply {
    let Some(family) = family(world, ask) else {
        return unauthorized();
    };
    if !family.scopes.iter().any(|scope| scope == "read:me") {
        return scope_does_not_match();
    }
    let person = world.people.get(&family.account);
    let name = person.map_or("", |person| person.name.as_str());
    let mailbox = name.to_lowercase().replace(' ', ".");
    let body = json!({
        "account_type": person.map_or("atlassian", |person| person.kind),
        "account_id": family.account.as_ref(),
        "email": format!("{mailbox}@example.com"),
        "name": name,
        "picture": "https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/initials.png",
        "account_status": person.map_or("active", |person| person.status),
        "nickname": name.split(' ').next(),
        "zoneinfo": "Europe/Lisbon",
        "locale": "en-GB",
        "extended_profile": { "job_title": "", "organization": "", "department": "", "location": "" },
    });
    Reply::json(200, &body)
}

/// `GET /_edge/tenant_info`, for the site that the `Host` header names, or for the only one.
pub(crate) fn tenant_info(world: &mut World, ask: &Ask) -> Reply {
    let named = world.sites.iter().find(|site| site.domain == ask.host);
    let only = world.sites.first().filter(|_| world.sites.len() == 1);
    match named.or(only) {
        Some(site) => Reply::json(200, &json!({ "cloudId": site.cloud_id })),
        None => Reply::html(404, "<!doctype html><title>Not found</title>"),
    }
}

fn family(world: &World, ask: &Ask) -> Option<Family> {
    match world.grants.standing(ask.bearer()?, world.now()) {
        Standing::Valid(family) => Some(family.clone()),
        Standing::Unknown | Standing::Expired => None,
    }
}

/// What the gateway says to a token it does not know.
pub(crate) fn unauthorized() -> Reply {
    Reply::json(401, &json!({ "code": 401, "message": "Unauthorized" }))
}

/// What the gateway says to a token without the scope for a route.
pub(crate) fn scope_does_not_match() -> Reply {
    Reply::json(
        401,
        &json!({ "code": 401, "message": "Unauthorized; scope does not match" }),
    )
}
