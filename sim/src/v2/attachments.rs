//! Attachments.

use serde_json::{Value, json};

use crate::http::Reply;
use crate::state::{Attachment, Kind, Place, Status};

use super::listing::Query;
use super::page::visible;
use super::wire::{instant, webui};
use super::{Found, Refusal, Visit};

/// Listings of attachments are longer than others unless told otherwise.
const DEFAULT_LIMIT: usize = 50;

/// `GET /attachments`
pub(crate) fn list(visit: &Visit<'_>) -> Result<Found, Refusal> {
    listing(visit, |_| true)
}

/// `GET /pages/{id}/attachments`
pub(crate) fn of_page(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let page = visible(visit, Kind::Page)?.id;
    listing(visit, |attachment| attachment.content == page)
}

/// `GET /blogposts/{id}/attachments`
pub(crate) fn of_blog_post(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let post = visible(visit, Kind::BlogPost)?.id;
    listing(visit, |attachment| attachment.content == post)
}

/// `GET /attachments/{id}`
pub(crate) fn one(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let mut item = item(visit, find(visit, visit.place())?);
    item["_links"]["base"] = json!(visit.wiki_url());
    Ok(Found::new(Reply::json(200, &item), 1))
}

/// The attachment of an id such as `att66076`.
pub(crate) fn find<'a>(visit: &Visit<'a>, id: &str) -> Result<&'a Attachment, Refusal> {
    let number = id.strip_prefix("att").unwrap_or(id).parse().ok();
    number
        .and_then(|number: u64| visit.site.attachments.get(&number))
        .filter(|attachment| visit.content(attachment.content).is_some())
        .ok_or_else(|| Refusal::not_found(&format!("No content found with id : {id}")))
}

fn listing(visit: &Visit<'_>, belongs: impl Fn(&Attachment) -> bool) -> Result<Found, Refusal> {
    let query = Query::new(visit, &["id", "created-date", "modified-date"], DEFAULT_LIMIT)?;
    let statuses = visit.ask.list("status");
    let filter = |name: &str, value: &str| visit.ask.param(name).is_none_or(|wanted| wanted == value);
    let is_wanted = |attachment: &&Attachment| {
        belongs(attachment)
            && has_status(attachment, &statuses)
            && filter("mediaType", &attachment.media_type)
            && filter("filename", &attachment.title)
            && visit.content(attachment.content).is_some()
    };
    let found = visit.site.attachments.values().filter(is_wanted);
    let placed = found.map(|attachment| ((place(query.word(), attachment), attachment.id), attachment));
    let (page, last) = query.cut(placed.collect());
    let items: Vec<Value> = page
        .into_iter()
        .map(|attachment| item(visit, attachment))
        .collect();
    Ok(query.answer(visit, &items, last, 1))
}

fn has_status(attachment: &Attachment, statuses: &[&str]) -> bool {
    if statuses.is_empty() {
        attachment.status.is_alive()
    } else {
        statuses.contains(&attachment.status.word())
    }
}

fn place(order: &str, attachment: &Attachment) -> Place {
    Place::Number(match order {
        "created-date" => attachment.created_at.timestamp_millis(),
        "modified-date" => attachment.modified_at().timestamp_millis(),
        _ => attachment.id.cast_signed(),
    })
}

fn item(visit: &Visit<'_>, attachment: &Attachment) -> Value {
    let content = visit.site.content(attachment.content);
    let page = content.map(|content| webui(content, visit.site.spaces.get(&content.space)));
    let page = page.unwrap_or_default();
    let number = attachment.number();
    let modified = attachment.modified_at();
    let file = attachment.title.replace(' ', "%20");
    let download = format!(
        "/download/attachments/{}/{file}?version={number}&modificationDate={}&cacheVersion=1&api=v2",
        attachment.content,
        modified.timestamp_millis()
    );
    let mut item = json!({
        "id": format!("att{}", attachment.id),
        "status": attachment.status.word(),
        "title": attachment.title,
        "createdAt": instant(attachment.created_at),
        "mediaType": attachment.media_type,
        "mediaTypeDescription": null,
        "comment": "",
        "fileId": attachment.file_id,
        "fileSize": attachment.said_size.unwrap_or(attachment.bytes().len()),
        "webuiLink": page,
        "downloadLink": download,
        "version": {
            "number": number,
            "message": "",
            "minorEdit": false,
            "authorId": attachment.author.as_deref(),
            "createdAt": instant(modified),
        },
        "_links": { "webui": page, "download": download },
    });
    let is_on_blog = content.is_some_and(|content| content.kind == Kind::BlogPost);
    let container = if is_on_blog { "blogPostId" } else { "pageId" };
    item[container] = json!(attachment.content.to_string());
    item
}

/// Whether the attachment can be downloaded: what is in the trash cannot.
pub(crate) fn is_downloadable(attachment: &Attachment) -> bool {
    attachment.status != Status::Trashed
}
