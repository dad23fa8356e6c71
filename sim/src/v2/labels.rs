//! Labels, and what carries them.

use serde_json::{Value, json};

use crate::state::{Content, Kind, Order, Place};

use super::listing::Query;
use super::page::visible;
use super::pages::Item;
use super::wire::Format;
use super::{Found, Refusal, Visit};

/// `GET /labels`
pub(crate) fn list(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let used = visit.site.labels.keys().copied();
    listing(visit, used)
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
    // All labels here are global; whoever asks for another prefix finds none.
    let prefixes = visit.ask.list("prefix");
    let is_wanted = prefixes.is_empty() || prefixes.contains(&"global");
    let labels = ids.filter(|_| is_wanted).filter_map(|id| {
        let place = match query.word() {
            "name" => Place::Text(visit.site.labels.get(&id)?.as_str().into()),
            _ => Place::Number(id.cast_signed()),
        };
        Some(((place, id), label(visit, id)?))
    });
    let (page, last) = query.cut(labels.collect());
    Ok(query.answer(visit, &page, last, 1))
}

/// A label.
pub(crate) fn label(visit: &Visit<'_>, id: u64) -> Option<Value> {
    let name = visit.site.labels.get(&id)?;
    Some(json!({ "id": id.to_string(), "name": name, "prefix": "global" }))
}

/// `GET /labels/{id}/pages`
pub(crate) fn pages(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let label = visit.id()?;
    if !visit.site.labels.contains_key(&label) {
        return Err(Refusal::not_found(&format!("No label found with id : {label}")));
    }
    let query = Query::new(visit, &["id", "created-date", "modified-date", "title"], 25)?;
    let format = Format::of_listing(visit)?;
    let order = Order::from_word(query.word());
    let carries = |content: &&Content| {
        content.kind == Kind::Page
            && content.status.is_alive()
            && content.labels.contains(&label)
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
