//! Data security policies: what keeps apps away from content.

use serde_json::{Value, json};

use crate::state::{Place, Space};

use super::listing::Query;
use super::pages::ids;
use super::{Found, Refusal, Visit};

/// `GET /data-policies/spaces`
pub(crate) fn spaces(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["id", "key", "name"], 25)?;
    let ids = ids(visit, "ids", 250)?;
    let keys = visit.ask.list("keys");
    let is_wanted = |space: &&Space| {
        visit.sees_space(space)
            && ids.as_ref().is_none_or(|ids| ids.contains(&space.id))
            && (keys.is_empty() || keys.contains(&space.key.as_str()))
    };
    let found = visit.site.spaces.values().filter(is_wanted);
    let placed = found.map(|space| ((Place::Number(space.id.cast_signed()), space.id), space));
    let (page, last) = query.cut(placed.collect());
    let items: Vec<Value> = page.into_iter().map(item).collect();
    Ok(query.answer(visit, &items, last, 1))
}

fn item(space: &Space) -> Value {
    json!({
        "id": space.id.to_string(),
        "key": space.key,
        "name": space.name,
        "description": null,
        "dataPolicy": { "anyContentBlocked": space.blocks_apps },
        "icon": null,
        "_links": { "webui": format!("/spaces/{}", space.key) },
    })
}
