//! Single pages and blog posts.

use serde::Serialize;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::state::{Content, Kind, Version};

use super::labels::label;
use super::pages::Tree;
use super::wire::{self, BodyOut, ContentLinks, Format, Id, VersionOut, instant};
use super::{Found, Refusal, Visit};

/// `GET /pages/{id}`
pub(crate) fn one(visit: &Visit<'_>) -> Result<Found, Refusal> {
    single(visit, Kind::Page)
}

/// `GET /blogposts/{id}`
pub(crate) fn one_blog_post(visit: &Visit<'_>) -> Result<Found, Refusal> {
    single(visit, Kind::BlogPost)
}

/// The content of the path's id and of that kind.
pub(crate) fn visible<'a>(visit: &Visit<'a>, kind: Kind) -> Result<&'a Content, Refusal> {
    let id = visit.id()?;
    visit
        .content(id)
        .filter(|content| content.kind == kind)
        .ok_or_else(|| missing(id))
}

/// Gone, hidden or of another kind: nobody is told which.
pub(crate) fn missing(id: u64) -> Refusal {
    Refusal::not_found(&format!(
        "No content found with id : {id} and status [current, archived]"
    ))
}

fn single(visit: &Visit<'_>, kind: Kind) -> Result<Found, Refusal> {
    let content = visible(visit, kind)?;
    let format = Format::of_entity(visit)?;
    let statuses = visit.ask.list("status");
    // Without the filter even what is in the trash is answered.
    if !statuses.is_empty() && !statuses.contains(&content.status.word()) {
        return Err(missing(content.id));
    }
    let version = match visit.ask.param("version").map(str::parse) {
        None => &content.version,
        Some(Ok(number)) => content.version(number).ok_or_else(|| missing(content.id))?,
        Some(Err(_)) => return Err(Refusal::bad_parameter("version", "integer")),
    };
    let mut links = ContentLinks::new(content, visit.site.spaces.get(&content.space));
    links.base = Some(visit.wiki_url());
    let entity = Entity {
        id: Id(content.id),
        status: if version.number == content.version.number {
            content.status.word()
        } else {
            "historical"
        },
        title: &version.title,
        space_id: Id(content.space),
        tree: (kind == Kind::Page).then(|| Tree::new(visit, content)),
        author_id: content.author.as_deref(),
        created_at: instant(content.created_at),
        version: VersionOut::from(version),
        body: wire::body(&version.body, format),
        labels: visit.wants("include-labels").then(|| labels(visit, content)),
        versions: visit.wants("include-versions").then(|| versions(content)),
        links,
    };
    Ok(Found::new(Reply::json(200, &entity), 1))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    id: Id,
    status: &'static str,
    title: &'a str,
    space_id: Id,
    #[serde(flatten)]
    tree: Option<Tree<'a>>,
    author_id: Option<&'a str>,
    created_at: String,
    version: VersionOut<'a>,
    body: BodyOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<Value>,
    #[serde(rename = "_links")]
    links: ContentLinks,
}

/// How many entries a list inside an entity has at most.
const MOST_INSIDE: usize = 50;

fn labels(visit: &Visit<'_>, content: &Content) -> Value {
    let all = content.labels.iter().filter_map(|id| label(visit, *id));
    inside(content, all.collect(), "labels")
}

fn versions(content: &Content) -> Value {
    let all = newest_first(content).map(|version| json!(VersionOut::from(version)));
    inside(content, all.collect(), "versions")
}

/// The versions of content, the newest first.
pub(crate) fn newest_first(content: &Content) -> impl Iterator<Item = &Version> {
    [&content.version].into_iter().chain(content.earlier.iter().rev())
}

fn inside(content: &Content, mut items: Vec<Value>, name: &str) -> Value {
    let has_more = items.len() > MOST_INSIDE;
    items.truncate(MOST_INSIDE);
    let of = if content.kind == Kind::Page {
        "pages"
    } else {
        "blogposts"
    };
    let own = format!("/wiki/api/v2/{of}/{}/{name}", content.id);
    let mut meta = json!({ "hasMore": has_more });
    if has_more {
        meta["cursor"] = json!("");
    }
    json!({ "results": items, "meta": meta, "_links": { "self": own } })
}
