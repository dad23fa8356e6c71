//! Labels, and what carries them.

use serde_json::{Value, json};

use crate::state::{Content, Kind, Order, Place};

use super::listing::Query;
use super::page::visible;
use super::pages::{Item, ids};
use super::wire::Format;
use super::{Found, Refusal, Visit};

/// How many ids a filter takes.
const MOST: usize = 250;

/// `GET /labels`
pub(crate) fn list(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let wanted = ids(visit, "label-id", MOST)?;
    let known = visit.site.labels.keys().copied();
    listing(
        visit,
        known.filter(|id| {
            !visit.site.hides_labels && wanted.as_ref().is_none_or(|wanted| wanted.contains(id))
        }),
    )
}

/// `GET /pages/{id}/labels`
pub(crate) fn of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, visible(visit, Kind::Page)?.labels.iter().copied())
}

/// `GET /blogposts/{id}/labels`
pub(crate) fn of_blog_post(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, visible(visit, Kind::BlogPost)?.labels.iter().copied())
}

fn listing(visit: &Visit<'_>, ids: impl Iterator<Item = u64>) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["id", "name", "created-date"], 25)?;
    let prefixes = visit.ask.list("prefix");
    let labels = ids.filter_map(|id| {
        let known = visit.site.labels.get(&id)?;
        let is_wanted = prefixes.is_empty() || prefixes.contains(&known.prefix.as_str());
        let place = match query.word() {
            "name" => Place::Text(known.name.as_str().into()),
            // Ids are handed out in the order of creation.
            _ => Place::Number(id.cast_signed()),
        };
        is_wanted.then_some(((place, id), label(visit, id)?))
    });
    let (page, last) = query.cut(labels.collect());
    Ok(query.answer(visit, &page, last, 1))
}

/// A label.
pub(crate) fn label(visit: &Visit<'_>, id: u64) -> Option<Value> {
    let label = visit.site.labels.get(&id)?;
    Some(json!({ "id": id.to_string(), "name": label.name, "prefix": label.prefix }))
}

/// `GET /labels/{id}/pages`
pub(crate) fn pages(visit: &Visit<'_>) -> Result<Found, Refusal> {
    labelled(visit, Kind::Page)
}

/// `GET /labels/{id}/blogposts`
pub(crate) fn blog_posts(visit: &Visit<'_>) -> Result<Found, Refusal> {
    labelled(visit, Kind::BlogPost)
}

/// What carries the label and is alive.
fn labelled(visit: &Visit<'_>, kind: Kind) -> Result<Found, Refusal> {
    let label = visit.id()?;
    if !visit.site.labels.contains_key(&label) {
        return Err(Refusal::not_found(&format!("No label found with id : {label}")));
    }
    let query = Query::new(visit, &["id", "created-date", "modified-date", "title"], 25)?;
    let spaces = ids(visit, "space-id", 100)?;
    let format = Format::of_listing(visit)?;
    let order = Order::from_word(query.word());
    let carries = |content: &&Content| {
        content.kind == kind
            && content.status.is_alive()
            && content.labels.contains(&label)
            && spaces
                .as_ref()
                .is_none_or(|spaces| spaces.contains(&content.space))
            && visit.sees(content)
    };
    let found = visit.site.contents().filter(carries);
    let (page, last) = query.cut(found.map(|content| (order.place(content), content)).collect());
    let items: Vec<Item<'_>> = page
        .into_iter()
        .map(|content| Item::new(visit, content, format))
        .collect();
    Ok(query.answer(visit, &items, last, 1))
}
