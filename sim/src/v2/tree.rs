//! The tree: children, descendants, folders, and which id is what.

use serde_json::{Map, Value, json};

use crate::http::Reply;
use crate::state::{Content, Kind, Order, Place};

use super::listing::Query;
use super::page::missing;
use super::wire::{VersionOut, instant, webui};
use super::{Found, Refusal, Visit};

/// How many ids `convert-ids-to-types` takes.
const MOST_IDS: usize = 100;
/// How deep `descendants` looks, unless told and at most.
const DEPTH: (u32, u32) = (2, 10);

/// `GET /folders/{id}`
pub(crate) fn folder(visit: &Visit<'_>) -> Result<Found, Refusal> {
    stub(visit, Kind::Folder)
}

/// `GET /whiteboards/{id}`
pub(crate) fn whiteboard(visit: &Visit<'_>) -> Result<Found, Refusal> {
    stub(visit, Kind::Whiteboard)
}

/// `GET /databases/{id}`
pub(crate) fn database(visit: &Visit<'_>) -> Result<Found, Refusal> {
    stub(visit, Kind::Database)
}

/// `GET /embeds/{id}`
pub(crate) fn embed(visit: &Visit<'_>) -> Result<Found, Refusal> {
    stub(visit, Kind::Embed)
}

/// What stands in the tree and has no body. There is no list of it.
fn stub(visit: &Visit<'_>, kind: Kind) -> Result<Found, Refusal> {
    let stub = visible(visit, &[kind])?;
    let parent = stub.parent.and_then(|parent| visit.site.content(parent));
    let created_at = match kind {
        // Milliseconds, whatever the specification says.
        Kind::Folder => json!(stub.created_at.timestamp_millis()),
        _ => json!(instant(stub.created_at)),
    };
    let mut answer = json!({
        "id": stub.id.to_string(),
        "type": kind.word(),
        "status": stub.status.word(),
        "title": stub.title(),
        "parentId": stub.parent.map(|id| id.to_string()),
        "parentType": parent.map(|parent| parent.kind.word()),
        "position": stub.position,
        "authorId": stub.author.as_deref(),
        "ownerId": stub.author.as_deref(),
        "createdAt": created_at,
        "spaceId": stub.space.to_string(),
        "version": VersionOut::from(&stub.version),
        "_links": { "webui": webui(stub, visit.site.spaces.get(&stub.space)), "base": visit.wiki_url() },
    });
    if kind == Kind::Embed {
        answer["embedUrl"] = json!("https://example.com/board");
    }
    Ok(Found::new(Reply::json(200, &answer), 1))
}

fn visible<'a>(visit: &Visit<'a>, kinds: &[Kind]) -> Result<&'a Content, Refusal> {
    let id = visit.id()?;
    let content = visit.content(id).filter(|content| kinds.contains(&content.kind));
    content.ok_or_else(|| missing(id))
}

/// `GET /pages/{id}/direct-children`
pub(crate) fn children_of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    children(visit, visible(visit, &[Kind::Page])?)
}

/// `GET /folders/{id}/direct-children`
pub(crate) fn children_of_folder(visit: &Visit<'_>) -> Result<Found, Refusal> {
    children(visit, visible(visit, &[Kind::Folder])?)
}

fn children(visit: &Visit<'_>, parent: &Content) -> Result<Found, Refusal> {
    let orders = ["child-position", "id", "title", "created-date", "modified-date"];
    let query = Query::new(visit, &orders, 25)?;
    let by_position = query.word() == "child-position";
    let order = Order::from_word(query.word());
    let place = |child: &Content| match child.position {
        Some(position) if by_position => (Place::Number(position.into()), child.id),
        None if by_position => (Place::Number(i64::MAX), child.id),
        _ => order.place(child),
    };
    let seen: Vec<&Content> = living_children(visit, parent).collect();
    // A defect of the real site: where positions are missing, their order ends after its first page.
    let is_cut_short =
        by_position && query.after.is_some() && seen.iter().any(|child| child.position.is_none());
    let seen = if is_cut_short { Vec::new() } else { seen };
    let (page, last) = query.cut(seen.into_iter().map(|child| (place(child), child)).collect());
    let items: Vec<Value> = page
        .into_iter()
        .map(|child| {
            json!({
                "id": child.id.to_string(),
                "status": child.status.word(),
                "title": child.title(),
                "type": child.kind.word(),
                "spaceId": child.space.to_string(),
                "childPosition": child.position,
            })
        })
        .collect();
    Ok(query.answer(visit, &items, last, 1))
}

fn living_children<'a>(
    visit: &'a Visit<'_>,
    parent: &Content,
) -> impl Iterator<Item = &'a Content> + use<'a> {
    visit
        .site
        .children_of(parent.id)
        .filter(|child| child.status.is_alive() && visit.sees(child))
}

/// `GET /pages/{id}/descendants`
pub(crate) fn descendants_of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    descendants(visit, visible(visit, &[Kind::Page])?)
}

/// `GET /folders/{id}/descendants`
pub(crate) fn descendants_of_folder(visit: &Visit<'_>) -> Result<Found, Refusal> {
    descendants(visit, visible(visit, &[Kind::Folder])?)
}

fn descendants(visit: &Visit<'_>, root: &Content) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["id"], 25)?;
    let deepest = match visit.ask.param("depth").map(str::parse) {
        None => DEPTH.0,
        Some(Ok(depth)) if (1..=DEPTH.1).contains(&depth) => depth,
        Some(_) => return Err(Refusal::bad_parameter("depth", "integer between 1 and 10")),
    };
    let mut found = Vec::new();
    let mut level = vec![root];
    for depth in 1..=deepest {
        level = level
            .into_iter()
            .flat_map(|parent| living_children(visit, parent))
            .collect();
        found.extend(
            level
                .iter()
                .map(|content| (Order::Id.place(content), descendant(content, depth))),
        );
    }
    let (page, last) = query.cut(found);
    Ok(query.answer(visit, &page, last, 1))
}

fn descendant(content: &Content, depth: u32) -> Value {
    json!({
        "id": content.id.to_string(),
        "status": content.status.word(),
        "title": content.title(),
        "type": content.kind.word(),
        "parentId": content.parent.map(|id| id.to_string()),
        "depth": depth,
        "childPosition": content.position,
    })
}

/// `POST /content/convert-ids-to-types`
pub(crate) fn types_of_ids(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let body: Value = serde_json::from_slice(&visit.ask.body).unwrap_or_default();
    let ids = body["contentIds"].as_array().map_or(&[][..], Vec::as_slice);
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(Refusal::bad_parameter("contentIds", "List of 1 to 100 ids"));
    }
    let written = |id: &Value| id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let types: Map<String, Value> = ids
        .iter()
        .map(written)
        .map(|id| (id.clone(), json!(type_of(visit, &id))))
        .collect();
    let points = types.len() as u64;
    Ok(Found::new(Reply::json(200, &json!({ "results": types })), points))
}

/// The type of what has that id. Folders and their like are among the many that this route does not know.
fn type_of(visit: &Visit<'_>, id: &str) -> Option<&'static str> {
    use crate::state::CommentKind;
    if id.starts_with("att") {
        return super::attachments::find(visit, id).ok().map(|_| "attachment");
    }
    let id: u64 = id.parse().ok()?;
    if let Some(comment) = visit.site.comments.get(&id) {
        return visit.content(comment.content).map(|_| match comment.kind {
            CommentKind::Footer => "footer-comment",
            CommentKind::Inline { .. } => "inline-comment",
        });
    }
    visit
        .content(id)
        .filter(|content| matches!(content.kind, Kind::Page | Kind::BlogPost))
        .map(|content| content.kind.word())
}
