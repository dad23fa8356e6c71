//! The removed routes of version 1, for a site that keeps them: as much of them as programs for copying sites use.

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::http::Reply;
use crate::state::{Attachment, Content, Kind, Space, Status};
use crate::v2::{Found, Refusal, Visit};

use super::search::{hit, space_of, version};
use super::{gone, no_content};

/// The most items on a page, which is generous to whoever expands bodies.
const MOST: usize = 250;

/// `GET /content`: what a space holds, oldest first.
pub(crate) fn contents(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let kind = visit.ask.param("type").unwrap_or("page");
    let key = visit.ask.param("spaceKey");
    let title = visit.ask.param("title");
    let mut found: Vec<&Content> = of_kept(visit)?
        .contents()
        .filter(|content| content.kind.word() == kind && content.status == Status::Current)
        .filter(|content| title.is_none_or(|title| content.title() == title) && visit.sees(content))
        .filter(|content| {
            let space = visit.site.spaces.get(&content.space);
            key.is_none_or(|key| space.is_some_and(|space| space.key == key))
        })
        .collect();
    found.sort_by_key(|content| content.id);
    Ok(listing(visit, &found, |content| {
        hit(visit, content, &visit.ask.list("expand"))
    }))
}

/// `GET /content/{id}`
pub(crate) fn content(visit: &Visit<'_>) -> Result<Found, Refusal> {
    of_kept(visit)?;
    let mut found = hit(visit, visible(visit)?, &visit.ask.list("expand"));
    found["_links"]["base"] = json!(visit.wiki_url());
    Ok(Found::new(Reply::json(200, &found), 1))
}

/// `GET /content/{id}/child/{kind}`: attachments, or pages.
pub(crate) fn children(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let (site, content) = (of_kept(visit)?, visible(visit)?);
    if visit.second_place() == "attachment" {
        let attachments = site.attachments.values();
        let found: Vec<_> = attachments
            .filter(|attachment| attachment.content == content.id && attachment.status.is_alive())
            .collect();
        return Ok(listing(visit, &found, |file| attachment(visit, file)));
    }
    let children = site
        .children_of(content.id)
        .filter(|child| child.kind == Kind::Page);
    let found: Vec<_> = children
        .filter(|child| child.status == Status::Current && visit.sees(child))
        .collect();
    Ok(listing(visit, &found, |child| {
        hit(visit, child, &visit.ask.list("expand"))
    }))
}

/// `GET /content/{id}/{part}`: labels and properties.
pub(crate) fn part(visit: &Visit<'_>) -> Result<Found, Refusal> {
    of_kept(visit)?;
    let content = visible(visit)?;
    match visit.second_place() {
        "label" => Ok(listing(visit, &content.labels, |id| label(visit, *id))),
        "property" => {
            let found: Vec<_> = content.properties.iter().collect();
            Ok(listing(
                visit,
                &found,
                |(key, value)| json!({ "key": key, "value": value }),
            ))
        }
        _ => gone(visit),
    }
}

/// `GET /space`
pub(crate) fn spaces(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let found: Vec<&Space> = of_kept(visit)?
        .spaces
        .values()
        .filter(|space| visit.sees_space(space))
        .collect();
    Ok(listing(visit, &found, |found| space(found)))
}

/// `GET /space/{key}`
pub(crate) fn one_space(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let mut spaces = of_kept(visit)?.spaces.values();
    let found = spaces.find(|space| space.key == visit.place() && visit.sees_space(space));
    let found = found.ok_or_else(|| Refusal::Other(no_content(visit.place())))?;
    Ok(Found::new(Reply::json(200, &space(found)), 1))
}

/// The site, if it keeps version 1.
fn of_kept<'a>(visit: &Visit<'a>) -> Result<&'a crate::state::Site, Refusal> {
    if visit.site.keeps_version_1 {
        Ok(visit.site)
    } else {
        gone(visit).map(|_| visit.site)
    }
}

fn visible<'a>(visit: &Visit<'a>) -> Result<&'a Content, Refusal> {
    visit
        .id()
        .ok()
        .and_then(|id| visit.content(id))
        .ok_or_else(|| Refusal::Other(no_content(visit.place())))
}

/// A page of a listing that goes on by number.
fn listing<T>(visit: &Visit<'_>, found: &[T], item: impl Fn(&T) -> Value) -> Found {
    let number = |name| visit.ask.param(name).and_then(|text| text.parse::<usize>().ok());
    let (start, limit) = (
        number("start").unwrap_or(0),
        number("limit").unwrap_or(25).clamp(1, MOST),
    );
    let items: Vec<Value> = found.iter().skip(start).take(limit).map(item).collect();
    let mut links = json!({ "base": visit.wiki_url(), "context": "/wiki" });
    if start + items.len() < found.len() {
        links["next"] = json!(next(visit, limit, start + limit));
    }
    let size = items.len();
    let body = json!({ "results": items, "start": start, "limit": limit, "size": size, "_links": links });
    Found::new(Reply::json(200, &body), size as u64)
}

/// Where the listing goes on: below `/rest`, without `/wiki`.
fn next(visit: &Visit<'_>, limit: usize, start: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &visit.ask.query {
        if name != "limit" && name != "start" {
            query.append_pair(name, value);
        }
    }
    query.append_pair("limit", &limit.to_string());
    query.append_pair("start", &start.to_string());
    let path = visit.path.trim_start_matches("/wiki");
    format!("{path}?{}", query.finish())
}

fn space(space: &Space) -> Value {
    json!({
        "id": space.id, "key": space.key, "name": space.name, "type": space.kind, "status": space.status,
        "description": { "plain": { "value": "", "representation": "plain" } },
        "homepage": space.homepage.map(|id| json!({ "id": id.to_string(), "type": "page" })),
        "_links": { "webui": format!("/spaces/{}", space.key) },
    })
}

pub(super) fn label(visit: &Visit<'_>, id: u64) -> Value {
    let label = visit.site.labels.get(&id);
    json!({
        "id": id.to_string(),
        "prefix": label.map(|label| label.prefix.as_str()),
        "name": label.map(|label| label.name.as_str()),
        "label": label.map(|label| label.name.as_str()),
    })
}

fn attachment(visit: &Visit<'_>, attachment: &Attachment) -> Value {
    let download = format!(
        "/rest/api/content/{}/child/attachment/att{}/download",
        attachment.content, attachment.id
    );
    let (author, number) = (attachment.author.as_deref(), attachment.number() as u64);
    json!({
        "id": format!("att{}", attachment.id),
        "type": "attachment",
        "status": attachment.status.word(),
        "title": attachment.title,
        "version": version(visit, author, attachment.modified_at(), number),
        "container": visit.site.content(attachment.content).map(|content| hit(visit, content, &["ancestors"])),
        "_expandable": visit.site.content(attachment.content).map(|content| space_of(visit, content)),
        "metadata": { "mediaType": attachment.media_type, "comment": "" },
        "extensions": {
            "mediaType": attachment.media_type, "mediaTypeDescription": "", "fileSize": attachment.bytes().len(),
            "comment": "", "fileId": attachment.file_id, "collectionName": "",
        },
        "_links": { "webui": "", "download": download },
    })
}
