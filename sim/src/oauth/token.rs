//! `POST /oauth/token`

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::faults::Trouble;
use crate::http::{Ask, Mishap, Reply};
use crate::log::Refresh;
use crate::state::{AccountId, World};

use super::Family;
use super::grants::{ACCESS_LIFETIME, Pair, Refused};

type Fields = HashMap<String, String>;

/// Exchanges a code, a refresh token or a service account's credentials for tokens.
pub(crate) fn token(world: &mut World, ask: &Ask) -> Reply {
    let fields: Fields = ask.fields().into_iter().collect();
    let answer = match fields.get("grant_type").map(String::as_str) {
        Some("authorization_code") => exchange_code(world, &fields),
        Some("refresh_token") => refresh(world, &fields),
        Some("client_credentials") => client_credentials(world, &fields),
        _ => Err(refusal(
            403,
            "unauthorized_client",
            "Grant type not allowed for the client.",
        )),
    };
    answer.unwrap_or_else(|reply| reply)
}

fn exchange_code(world: &mut World, fields: &Fields) -> Result<Reply, Reply> {
    let client_id = authenticated(world, fields)?;
    let now = world.now();
    let invalid = || refusal(403, "invalid_grant", "Invalid authorization code");
    let code = world
        .grants
        .redeem(field(fields, "code"), now)
        .ok_or_else(invalid)?;
    if code.family.client_id != client_id || code.redirect_uri != field(fields, "redirect_uri") {
        return Err(invalid());
    }
    let pair = world.grants.begin(code.family, now);
    Ok(handed_out(world, &pair))
}

fn refresh(world: &mut World, fields: &Fields) -> Result<Reply, Reply> {
    let client_id = authenticated(world, fields)?;
    let now = world.now();
    let rotation = world
        .grants
        .rotate(&client_id, field(fields, "refresh_token"), now);
    let rotation = rotation.map_err(|refused| {
        if refused == Refused::ReusedPastLeeway {
            world.records.reuse_past_leeway += 1;
            world.records.revoked_families += 1;
        }
        match refused {
            Refused::Unknown => refusal(403, "unauthorized_client", "refresh_token is invalid"),
            _ => refusal(403, "invalid_grant", "Unknown or invalid refresh token."),
        }
    })?;
    world.records.refreshes.push(Refresh {
        at: now,
        account: rotation.account.as_ref().to_owned(),
        is_reuse: rotation.is_reuse,
    });
    let mut reply = handed_out(world, &rotation.pair);
    if world.troubles.take_exactly(&Trouble::LostRefreshAnswer) {
        reply.mishap = Mishap::Reset;
    }
    Ok(reply)
}

fn client_credentials(world: &mut World, fields: &Fields) -> Result<Reply, Reply> {
    let client_id = field(fields, "client_id");
    let now = world.now();
    let credential = world
        .grants
        .services
        .get(client_id)
        .filter(|credential| credential.secret == field(fields, "client_secret"))
        .ok_or_else(wrong_secret)?;
    let account = AccountId::clone(&credential.account);
    let family = Family::new(client_id, &account, credential.scopes.clone(), now);
    let pair = world.grants.begin_beside(family, now);
    Ok(handed_out(world, &pair))
}

/// The client id of the app that proved to be who it says.
fn authenticated(world: &World, fields: &Fields) -> Result<String, Reply> {
    let client_id = field(fields, "client_id");
    let app = world.grants.apps.get(client_id);
    app.filter(|app| app.secret == field(fields, "client_secret"))
        .map(|_| client_id.to_owned())
        .ok_or_else(wrong_secret)
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

fn handed_out(world: &mut World, pair: &Pair) -> Reply {
    let said = world.troubles.said_lifetime.map(|said| said.as_secs());
    let mut body = json!({
        "access_token": pair.access,
        "expires_in": said.unwrap_or(ACCESS_LIFETIME.num_seconds().unsigned_abs()),
        "token_type": "Bearer",
        "scope": pair.scope,
    });
    world.records.secrets.push(pair.access.clone());
    if let Some(refresh) = &pair.refresh {
        body["refresh_token"] = Value::from(refresh.as_str());
        world.records.secrets.push(refresh.clone());
    }
    Reply::json(200, &body)
}

/// Not to be mistaken for a declined consent, though the word is the same.
fn wrong_secret() -> Reply {
    refusal(401, "access_denied", "Unauthorized")
}

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}
