//! What is left of version 1, and what it says of what is not.

pub(crate) mod kept;
pub(crate) mod search;

use serde_json::{Value, json};

use crate::http::Reply;
use crate::state::{AccountId, Kind};
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

/// `GET /content/{id}/restriction/byOperation/{operation}`
pub(crate) fn restriction(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let content = visit
        .id()
        .ok()
        .and_then(|id| visit.content(id))
        .filter(|content| matches!(content.kind, Kind::Page | Kind::BlogPost) && content.status.is_alive());
    let content = content.ok_or_else(|| Refusal::Other(no_content(visit.place())))?;
    let number = |name| visit.ask.param(name).and_then(|text| text.parse::<usize>().ok());
    let (start, limit) = (number("start").unwrap_or(0), number("limit").unwrap_or(100));
    // Everything but reading is up to everybody here.
    let limit = if visit.second_place() == "read" { limit } else { 0 };
    let readers = &content.readers;
    let users: Vec<Value> = readers
        .accounts
        .iter()
        .skip(start)
        .take(limit)
        .map(|id| known(visit, id))
        .collect();
    let group = |name: &String| json!({ "type": "group", "name": name, "id": format!("group-{name}") });
    let groups: Vec<Value> = readers.groups.iter().skip(start).take(limit).map(group).collect();
    let list =
        |items: &[Value]| json!({ "results": items, "start": start, "limit": limit, "size": items.len() });
    let body = json!({
        "operation": visit.second_place(),
        "restrictions": { "user": list(&users), "group": list(&groups) },
        "_expandable": { "content": format!("/rest/api/content/{}", content.id) },
        "_links": { "base": visit.wiki_url(), "context": "/wiki" },
    });
    let points = 2 * (users.len() + groups.len()) as u64;
    Ok(Found::new(Reply::json(200, &body), points))
}

fn known(visit: &Visit<'_>, id: &AccountId) -> Value {
    let person = visit.world.people.get(id);
    json!({
        "type": "known",
        "accountId": id.as_ref(),
        "accountType": person.map_or("atlassian", |person| person.kind),
        "displayName": person.map(|person| person.name.as_str()),
    })
}

/// In the words of version 1, for what is nowhere, hidden or in the trash.
fn no_content(id: &str) -> Reply {
    let message = format!(
        "com.atlassian.confluence.api.service.exceptions.NotFoundException: No content with id: {id}"
    );
    Reply::json(
        404,
        &json!({
            "statusCode": 404,
            "data": { "authorized": false, "valid": true, "errors": [], "successful": false },
            "message": message,
        }),
    )
}
