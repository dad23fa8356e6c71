//! People.

use serde_json::{Value, json};

use crate::http::Reply;

use super::{Found, Refusal, Visit};

/// How many ids one request takes.
const MOST: usize = 250;

/// `POST /users-bulk`
pub(crate) fn bulk(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let body: Value = serde_json::from_slice(&visit.ask.body).unwrap_or_default();
    let ids = body["accountIds"].as_array().map_or(&[][..], Vec::as_slice);
    if ids.is_empty() || ids.len() > MOST {
        return Err(Refusal::bad_parameter("accountIds", "List of 1 to 250 ids"));
    }
    let users: Vec<Value> = ids
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|id| user(visit, id))
        .collect();
    // People cost double.
    let points = 2 * users.len() as u64;
    let answer = json!({ "results": users, "_links": { "base": visit.wiki_url() } });
    Ok(Found::new(Reply::json(200, &answer), points))
}

/// A person; nothing for ids that nobody has, which are left out of the answer.
pub(crate) fn user(visit: &Visit<'_>, id: &str) -> Option<Value> {
    let person = visit.world.people.get(id)?;
    Some(json!({
        "accountId": id,
        "accountType": person.kind,
        "accountStatus": person.status,
        "displayName": person.name,
        "publicName": person.name,
        "email": "",
        "timeZone": null,
        "personalSpaceId": null,
        "isExternalCollaborator": false,
        "profilePicture": { "path": "/wiki/aa-avatar/default", "isDefault": true },
    }))
}
