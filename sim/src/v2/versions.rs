//! The versions of a page.

use serde_json::{Value, json};

use crate::state::{Content, Kind, Place, Version};

use super::listing::Query;
use super::page::{newest_first, visible};
use super::wire::{self, Format, instant};
use super::{Found, Refusal, Visit};

/// `GET /pages/{id}/versions`
pub(crate) fn of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, visible(visit, Kind::Page)?)
}

/// `GET /blogposts/{id}/versions`
pub(crate) fn of_blog_post(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, visible(visit, Kind::BlogPost)?)
}

fn listing(visit: &Visit<'_>, content: &Content) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["-modified-date", "modified-date"], 25)?;
    let format = Format::of_listing(visit)?;
    let placed = newest_first(content).map(|version| {
        let place = Place::Number(version.created_at.timestamp_millis());
        ((place, u64::from(version.number)), version)
    });
    let (page, last) = query.cut(placed.collect());
    let items: Vec<Value> = page
        .into_iter()
        .map(|version| item(content, version, format))
        .collect();
    Ok(query.answer(visit, &items, last, 1))
}

fn item(content: &Content, version: &Version, format: Option<Format>) -> Value {
    // The key that holds the content is named after its kind.
    json!({
        "createdAt": instant(version.created_at),
        "message": version.message.as_ref(),
        "number": version.number,
        "minorEdit": version.is_minor,
        "authorId": version.author.as_deref(),
        content.kind.word(): {
            "id": content.id.to_string(),
            "title": version.title.as_ref(),
            "body": wire::body(&version.body, format),
        },
    })
}
