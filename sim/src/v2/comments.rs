//! Comments at the foot of content and on its text.

use serde_json::{Value, json};

use crate::http::Reply;
use crate::state::{Comment, CommentKind, Kind, Place};

use super::listing::Query;
use super::page::visible;
use super::wire::{self, Format, instant, webui};
use super::{Found, Refusal, Visit};

/// `GET /footer-comments`
pub(crate) fn footer(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, |comment| comment.kind == CommentKind::Footer)
}

/// `GET /inline-comments`
pub(crate) fn inline(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, |comment| comment.kind != CommentKind::Footer)
}

/// `GET /pages/{id}/footer-comments`: only those that answer no other.
pub(crate) fn footer_of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let page = visible(visit, Kind::Page)?.id;
    listing(visit, |comment| {
        comment.kind == CommentKind::Footer && is_root_on(comment, page)
    })
}

/// `GET /pages/{id}/inline-comments`: only those that answer no other.
pub(crate) fn inline_of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let page = visible(visit, Kind::Page)?.id;
    listing(visit, |comment| {
        comment.kind != CommentKind::Footer && is_root_on(comment, page)
    })
}

/// `GET /footer-comments/{comment-id}`
pub(crate) fn one_footer(visit: &Visit<'_>) -> Result<Found, Refusal> {
    one(visit, |kind| *kind == CommentKind::Footer)
}

/// `GET /inline-comments/{comment-id}`
pub(crate) fn one_inline(visit: &Visit<'_>) -> Result<Found, Refusal> {
    one(visit, |kind| *kind != CommentKind::Footer)
}

fn one(visit: &Visit<'_>, is_of_kind: impl Fn(&CommentKind) -> bool) -> Result<Found, Refusal> {
    let id = visit.id()?;
    let comment = visit.site.comments.get(&id);
    let comment = comment
        .filter(|comment| is_of_kind(&comment.kind) && visit.content(comment.content).is_some())
        .ok_or_else(|| Refusal::not_found(&format!("No comment found with id : {id}")))?;
    let mut item = item(visit, comment, Format::of_listing(visit)?);
    item["_links"]["base"] = json!(visit.wiki_url());
    Ok(Found::new(Reply::json(200, &item), 1))
}

fn is_root_on(comment: &Comment, page: u64) -> bool {
    comment.content == page && comment.parent.is_none()
}

/// `GET /footer-comments/{id}/children` and `GET /inline-comments/{id}/children`
pub(crate) fn children(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let parent = visit.id()?;
    let seen = visit.site.comments.get(&parent);
    seen.filter(|comment| visit.content(comment.content).is_some())
        .ok_or_else(|| Refusal::not_found(&format!("No comment found with id : {parent}")))?;
    listing(visit, |comment| comment.parent == Some(parent))
}

fn listing(visit: &Visit<'_>, belongs: impl Fn(&Comment) -> bool) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["created-date", "modified-date"], 25)?;
    let format = Format::of_listing(visit)?;
    let is_wanted = |comment: &&Comment| {
        belongs(comment) && comment.status.is_alive() && visit.content(comment.content).is_some()
    };
    let found = visit.site.comments.values().filter(is_wanted);
    let place = |comment: &Comment| match query.word() {
        "modified-date" => Place::Number(comment.modified_at.timestamp_millis()),
        _ => Place::Number(comment.id.cast_signed()),
    };
    let (page, last) = query.cut(
        found
            .map(|comment| ((place(comment), comment.id), comment))
            .collect(),
    );
    let items: Vec<Value> = page
        .into_iter()
        .map(|comment| item(visit, comment, format))
        .collect();
    Ok(query.answer(visit, &items, last, 1))
}

fn item(visit: &Visit<'_>, comment: &Comment, format: Option<Format>) -> Value {
    let content = visit.site.content(comment.content);
    let title = content.map_or("", |content| content.title());
    let page = content.map(|content| webui(content, visit.site.spaces.get(&content.space)));
    let mut item = json!({
        "id": comment.id.to_string(),
        "status": comment.status.word(),
        "title": format!("Re: {title}"),
        "version": {
            "number": comment.number,
            "message": "",
            "minorEdit": false,
            "authorId": comment.author.as_deref(),
            "createdAt": instant(comment.modified_at),
        },
        "body": wire::body(&comment.body, format),
        "_links": { "webui": format!("{}?focusedCommentId={}", page.unwrap_or_default(), comment.id) },
    });
    let is_on_blog = content.is_some_and(|content| content.kind == Kind::BlogPost);
    let (name, above) = match comment.parent {
        Some(parent) => ("parentCommentId", parent),
        None if is_on_blog => ("blogPostId", comment.content),
        None => ("pageId", comment.content),
    };
    item[name] = json!(above.to_string());
    if let CommentKind::Inline { selection } = &comment.kind {
        let marker = format!("{:08x}-0000-4000-a000-000000000000", comment.id);
        item["resolutionStatus"] = json!(if comment.is_resolved { "resolved" } else { "open" });
        // The real site writes both spellings.
        item["properties"] = json!({
            "inlineMarkerRef": marker,
            "inlineOriginalSelection": selection,
            "inline-marker-ref": marker,
            "inline-original-selection": selection,
        });
    }
    item
}
