//! Spaces.

use serde_json::{Value, json};

use crate::http::Reply;
use crate::state::{Place, Space};

use super::listing::Query;
use super::pages::ids;
use super::wire::instant;
use super::{Found, Refusal, Visit};

/// How many ids or keys a filter takes.
const MOST: usize = 250;

/// `GET /spaces`
pub(crate) fn list(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["id", "key", "name"], 25)?;
    let ids = ids(visit, "ids", MOST)?;
    let keys = visit.ask.list("keys");
    let types = visit.ask.list("type");
    let statuses = visit.ask.list("status");
    let is_wanted = |space: &&Space| {
        visit.sees_space(space)
            && ids.as_ref().is_none_or(|ids| ids.contains(&space.id))
            && (keys.is_empty() || keys.contains(&space.key.as_str()))
            && (types.is_empty() || types.contains(&space.kind.as_str()))
            && statuses_allow(&statuses, space)
    };
    let spaces = visit.site.spaces.values().filter(is_wanted);
    let placed = spaces.map(|space| ((place(query.word(), space), space.id), space));
    let (page, last) = query.cut(placed.collect());
    let items: Vec<Value> = page.into_iter().map(|space| item(visit, space)).collect();
    Ok(query.answer(visit, &items, last, 1))
}

/// The spaces that the visitor can find by search.
pub(crate) fn visible_to_search<'a>(visit: &Visit<'a>) -> impl Iterator<Item = &'a Space> {
    let spaces = visit.site.spaces.values();
    spaces.filter(move |space| visit.sees_space(space))
}

/// Without the filter the trash stays out, as it does for content.
fn statuses_allow(statuses: &[&str], space: &Space) -> bool {
    if statuses.is_empty() {
        space.status != "trashed"
    } else {
        statuses.contains(&space.status)
    }
}

fn place(order: &str, space: &Space) -> Place {
    match order {
        "key" => Place::Text(space.key.as_str().into()),
        "name" => Place::Text(space.name.as_str().into()),
        _ => Place::Number(space.id.cast_signed()),
    }
}

/// `GET /spaces/{id}`
pub(crate) fn one(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let id = visit.id()?;
    let space = visit
        .site
        .spaces
        .get(&id)
        .filter(|space| visit.sees_space(space))
        .ok_or_else(|| Refusal::not_found(&format!("No space found with id : {id}")))?;
    let mut item = item(visit, space);
    if let Value::Object(fields) = &mut item {
        fields.remove("currentActiveAlias");
    }
    item["_links"]["base"] = json!(visit.wiki_url());
    Ok(Found::new(Reply::json(200, &item), 1))
}

/// A space as listings have it.
pub(crate) fn item(visit: &Visit<'_>, space: &Space) -> Value {
    let description = match (visit.ask.param("description-format"), &space.description) {
        (Some(format @ ("plain" | "view")), Some(text)) => {
            json!({ format: { "representation": format, "value": text } })
        }
        _ => Value::Null,
    };
    json!({
        "id": space.id.to_string(),
        "key": space.key,
        "name": space.name,
        "type": space.kind,
        "status": space.status,
        "authorId": space.author.as_deref(),
        "spaceOwnerId": space.author.as_deref(),
        "createdAt": instant(space.created_at),
        "homepageId": space.homepage.map(|id| id.to_string()),
        "icon": null,
        "description": description,
        "currentActiveAlias": space.key,
        "_links": { "webui": format!("/spaces/{}", space.key) },
    })
}
