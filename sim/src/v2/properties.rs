//! Properties: what apps keep with content.

use serde_json::{Value, json};

use crate::state::{Content, Kind, Place};

use super::listing::Query;
use super::page::visible;
use super::wire::instant;
use super::{Found, Refusal, Visit};

/// `GET /pages/{id}/properties`
pub(crate) fn of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, visible(visit, Kind::Page)?)
}

/// `GET /blogposts/{id}/properties`
pub(crate) fn of_blog_post(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, visible(visit, Kind::BlogPost)?)
}

fn listing(visit: &Visit<'_>, content: &Content) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["key"], 25)?;
    let wanted = visit.ask.param("key");
    let numbered = (1_u64..).zip(&content.properties);
    let found = numbered.filter(|(_, (key, _))| wanted.is_none_or(|wanted| wanted == key.as_str()));
    let placed = found.map(|(number, (key, value))| {
        let property = json!({
            "id": format!("{}{number}", content.id),
            "key": key,
            "value": value,
            "version": {
                "number": 1, "message": "", "minorEdit": false, "createdAt": instant(content.created_at),
            },
        });
        ((Place::Text(key.as_str().into()), number), property)
    });
    let (page, last): (Vec<Value>, _) = query.cut(placed.collect());
    Ok(query.answer(visit, &page, last, 1))
}
