//! What is left of version 1, and what it says of what is not.

pub(crate) mod search;

use serde_json::{Value, json};

use crate::http::Reply;
use crate::v2::{self, Found, Refusal, Visit};

/// The removed routes.
pub(crate) fn gone(_: &Visit<'_>) -> Result<Found, Refusal> {
    let message = "com.atlassian.confluence.api.service.exceptions.GoneException: This deprecated endpoint has been removed.";
    let body = json!({
        "statusCode": 410,
        "data": { "authorized": true, "valid": true, "errors": [], "successful": true },
        "message": message,
    });
    Err(Refusal::Other(Reply::json(410, &body)))
}

/// `GET /user/bulk`
pub(crate) fn users(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let ids: Vec<&str> = visit.ask.list("accountId");
    if ids.is_empty() || ids.len() > 100 {
        let message = "1 to 100 account ids are needed";
        return Err(Refusal::Other(Reply::json(
            400,
            &json!({ "statusCode": 400, "message": message }),
        )));
    }
    let users: Vec<Value> = ids
        .into_iter()
        .filter_map(|id| v2::users::user(visit, id))
        .collect();
    let points = 2 * users.len() as u64;
    let body = json!({ "results": users, "start": 0, "limit": 100, "size": users.len(), "_links": { "base": visit.wiki_url() } });
    Ok(Found::new(Reply::json(200, &body), points))
}

/// `GET /user/current`
#[expect(clippy::unnecessary_wraps, reason = "every route answers so")]
pub(crate) fn current_user(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let id = visit.viewer.as_ref();
    let person = visit.world.people.get(id);
    let name = person.map_or("", |person| person.name.as_str());
    let body = json!({
        "type": "known",
        "accountId": id,
        "accountType": person.map_or("atlassian", |person| person.kind),
        "email": "",
        "publicName": name,
        "displayName": name,
        "isExternalCollaborator": false,
        "profilePicture": { "path": "/wiki/aa-avatar/default", "width": 48, "height": 48, "isDefault": false },
        "_expandable": { "operations": "", "personalSpace": "" },
        "_links": {
            "self": format!("{}/rest/api/user?accountId={id}", visit.wiki_url()),
            "base": visit.wiki_url(),
            "context": "/wiki",
        },
    });
    Ok(Found::new(Reply::json(200, &body), 2))
}
