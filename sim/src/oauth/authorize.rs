//! The consent screen.

use url::Url;

use crate::http::{Ask, Reply};
use crate::state::World;

use super::{Consent, Family};

/// Scopes that exist at all; any other is dropped without a word.
const KNOWN_ELSEWHERE: [&str; 4] = ["offline_access", "read:me", "read:jira-work", "read:jira-user"];

/// `GET /authorize`
pub(crate) fn authorize(world: &mut World, ask: &Ask) -> Reply {
    match consent(world, ask) {
        Ok(location) => Reply::redirect(location),
        Err(reply) => reply,
    }
}

/// Where the browser goes next.
fn consent(world: &mut World, ask: &Ask) -> Result<String, Reply> {
    let given = |name: &str| ask.param(name).unwrap_or_default();
    let client_id = given("client_id");
    let app = world
        .grants
        .apps
        .get(client_id)
        .ok_or_else(|| failure("unauthorized_client", "The app does not exist."))?;
    for (name, expected) in [
        ("audience", "api.atlassian.com"),
        ("redirect_uri", app.callback.as_str()),
        ("response_type", "code"),
        ("prompt", "consent"),
    ] {
        if given(name) != expected {
            return Err(failure(
                "invalid_request",
                &format!("{name} is missing or wrong."),
            ));
        }
    }
    let scopes = granted_scopes(given("scope"), &app.scopes)?;
    let mut callback = Url::parse(&app.callback)
        .map_err(|_| failure("invalid_request", "The app's callback URL is not a URL."))?;
    let redirect_uri = app.callback.clone();
    let state = given("state").to_owned();

    let mut answer = Vec::new();
    match world.grants.at_the_screen.clone() {
        None => return Err(Reply::html(200, NOBODY)),
        Some(Consent::Decline) => {
            answer.push(("error", "access_denied".to_owned()));
            answer.push((
                "error_description",
                "User did not authorize the request".to_owned(),
            ));
        }
        Some(Consent::Accept { account, sites }) => {
            let now = world.now();
            let mut family = Family::new(client_id, &account, scopes, now);
            family.sites = sites;
            let code = world.grants.issue_code(family, &redirect_uri, now);
            world.records.secrets.push(code.clone());
            answer.push(("code", code));
        }
    }
    answer.push(("state", state));
    callback
        .query_pairs_mut()
        .extend_pairs(answer.iter().map(|(key, value)| (*key, value.as_str())));
    Ok(callback.into())
}

/// The scopes asked for that the app has. One that it lacks fails the whole request, unless nobody knows it.
fn granted_scopes(wanted: &str, enabled: &[String]) -> Result<Vec<String>, Reply> {
    let mut granted: Vec<String> = Vec::new();
    for scope in wanted.split_whitespace() {
        // Needs no enabling, in any app.
        if scope == "offline_access" || enabled.iter().any(|known| known == scope) {
            granted.push(scope.to_owned());
        } else if scope.ends_with(":confluence") || KNOWN_ELSEWHERE.contains(&scope) {
            return Err(failure(
                "invalid_scope",
                &format!("The app may not ask for {scope}."),
            ));
        }
    }
    Ok(granted)
}

fn failure(code: &str, detail: &str) -> Reply {
    let page =
        format!("<!doctype html><title>Error</title><h1>Something went wrong</h1><p>{code}: {detail}</p>");
    Reply::html(400, &page)
}

const NOBODY: &str = "<!doctype html><title>Authorize app</title><p>Nobody is at the consent screen.</p>";
