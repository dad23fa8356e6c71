//! The search of version 1: queries over an index that lags behind the site.
//!
//! It understands as much of the query language as mirrors use, refuses the rest with 400, knows no trash, and sorts
//! by the minute. A page that is full promises another, which may be empty.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::http::Reply;
use crate::state::{Content, Kind, Status};
use crate::v2::spaces::visible_to_search;
use crate::v2::wire::{ContentLinks, instant};
use crate::v2::{Found, Refusal, Visit};

/// The most hits on a page with bodies, with anything else expanded, and with nothing.
const MOST: [usize; 3] = [50, 200, 1000];

/// `GET /content/search`
pub(crate) fn content(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let query = Query::parse(visit)?;
    let statuses = statuses(visit);
    let with_archived_spaces = visit.wants("includeArchivedSpaces");
    let mut hits: Vec<(i64, &Content)> = visit
        .site
        .contents()
        .filter(|content| {
            query.kinds.iter().any(|kind| kind == content.kind.word())
                && statuses.contains(&content.status)
                && query
                    .ids
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&content.id.to_string()))
                && visit.sees(content)
        })
        .filter(|content| {
            visit.site.spaces.get(&content.space).is_some_and(|space| {
                query.spaces.as_ref().is_none_or(|keys| keys.contains(&space.key))
                    && (with_archived_spaces || space.status == "current")
            })
        })
        .filter(|content| query.ancestor.is_none_or(|top| is_below(visit, content, top)))
        .filter_map(|content| Some((query.place(content, indexed(visit, content)?), content)))
        .collect();
    hits.sort_by_key(|(place, content)| (*place, content.id));
    if query.descending {
        hits.reverse();
    }
    let expand = visit.ask.list("expand");
    let has_bodies = expand.iter().any(|word| word.starts_with("body."));
    let most = MOST[if has_bodies {
        0
    } else if expand.is_empty() {
        2
    } else {
        1
    }];
    let page = Page::cut(visit, hits.len(), most)?;
    let hits = &hits[page.start..page.end];
    let is_unsearchable = |content: &&Content| visit.world.troubles.unsearchable.contains(&content.id);
    if has_bodies && hits.iter().map(|(_, content)| content).any(is_unsearchable) {
        return Err(Refusal::Internal);
    }
    let results: Vec<Value> = hits
        .iter()
        .map(|(_, content)| hit(visit, content, &expand))
        .collect();
    Ok(page.answer(visit, "/rest/api/content/search", &results))
}

/// `GET /search`, for spaces only.
pub(crate) fn spaces(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let query = Query::parse(visit)?;
    if query.kinds != ["space"] {
        return Err(bad_query("only spaces are simulated here"));
    }
    let with_archived = visit.wants("includeArchivedSpaces");
    let spaces: Vec<_> = visible_to_search(visit)
        .filter(|space| space.status == "current" || (with_archived && space.status == "archived"))
        .collect();
    let page = Page::cut(visit, spaces.len(), MOST[2])?;
    let hits = spaces[page.start..page.end].iter().map(|space| {
        json!({
            "space": {
                "id": space.id, "key": space.key, "name": space.name, "type": space.kind, "status": space.status,
                "_expandable": { "homepage": "" },
                "_links": { "webui": format!("/spaces/{}", space.key) },
            },
            "title": space.name, "excerpt": "", "url": format!("/spaces/{}", space.key), "breadcrumbs": [],
            "entityType": "space", "iconCssClass": "aui-icon", "lastModified": instant(space.created_at),
        })
    });
    let hits: Vec<_> = hits.collect();
    Ok(page.answer(visit, "/rest/api/search", &hits))
}

/// What the index knows of content: when it was last edited, as of the index's own time.
fn indexed(visit: &Visit<'_>, content: &Content) -> Option<DateTime<Utc>> {
    let as_of = visit.world.now() - visit.world.troubles.index_lag;
    let versions = content.earlier.iter().chain([&content.version]);
    versions
        .map(|version| version.created_at)
        .filter(|at| *at <= as_of)
        .max()
}

fn statuses(visit: &Visit<'_>) -> Vec<Status> {
    let context: Value = visit
        .ask
        .param("cqlcontext")
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let Some(words) = context["contentStatuses"].as_array() else {
        return vec![Status::Current];
    };
    let known = [Status::Current, Status::Archived];
    known
        .into_iter()
        .filter(|status| words.contains(&json!(status.word())))
        .collect()
}

/// A query, understood.
#[derive(Debug, Default)]
struct Query {
    kinds: Vec<String>,
    spaces: Option<Vec<String>>,
    ids: Option<Vec<String>>,
    ancestor: Option<u64>,
    by_creation: bool,
    descending: bool,
}

impl Query {
    fn parse(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let cql = visit.ask.param("cql").ok_or_else(|| bad_query("no query"))?;
        let (clauses, order) = cql.split_once(" order by ").unwrap_or((cql, ""));
        let mut query = Self::default();
        let clauses = clauses.replace(" AND ", " and ");
        for clause in clauses.split(" and ") {
            let (field, operand) = clause
                .split_once(" in ")
                .or_else(|| clause.split_once('='))
                .ok_or_else(|| bad_query(clause))?;
            let values = values(operand);
            match field.trim() {
                "type" => query.kinds = values,
                "space" => query.spaces = Some(values),
                "id" => query.ids = Some(values),
                "ancestor" => query.ancestor = values.first().and_then(|id| id.parse().ok()),
                _ => return Err(bad_query(clause)),
            }
        }
        (query.by_creation, query.descending) = match order.trim() {
            "" | "lastmodified desc" => (false, true),
            "created" | "created asc" => (true, false),
            "created desc" => (true, true),
            _ => return Err(bad_query(order)),
        };
        Ok(query)
    }

    /// Where content stands in the order asked for: to the minute where that is of its last edit.
    fn place(&self, content: &Content, edited_at: DateTime<Utc>) -> i64 {
        if self.by_creation {
            content.created_at.timestamp_millis()
        } else {
            edited_at.timestamp().div_euclid(60)
        }
    }
}

fn values(operand: &str) -> Vec<String> {
    let bare = operand.trim().trim_start_matches('(').trim_end_matches(')');
    let words = bare
        .split(',')
        .map(|word| word.trim().trim_matches('"').replace("\\\"", "\""));
    words.filter(|word| !word.is_empty()).collect()
}

fn bad_query(what: &str) -> Refusal {
    let message = format!("Could not parse cql : {what}");
    Refusal::Other(Reply::json(
        400,
        &json!({ "statusCode": 400, "message": message }),
    ))
}

/// One page of hits.
struct Page {
    start: usize,
    end: usize,
    limit: usize,
}

impl Page {
    fn cut(visit: &Visit<'_>, hits: usize, most: usize) -> Result<Self, Refusal> {
        let asked = visit.ask.param("limit").map_or(Ok(25), str::parse::<usize>);
        let asked = asked.map_err(|_| bad_query("limit"))?.max(1);
        let troubles = &visit.world.troubles;
        if troubles.fails_over.is_some_and(|most| asked > most) {
            return Err(Refusal::Internal);
        }
        let limit = asked.min(most).min(troubles.limit_cap.unwrap_or(usize::MAX));
        let start = match visit.ask.param("cursor") {
            None => 0,
            Some(cursor) => start_of(cursor).ok_or_else(|| bad_query("cursor"))?.min(hits),
        };
        let end = (start + limit).min(hits);
        Ok(Self { start, end, limit })
    }

    /// A full page promises another, and so does the empty one behind the last full one.
    fn answer(&self, visit: &Visit<'_>, path: &str, results: &[Value]) -> Found {
        let size = results.len();
        let base = visit.wiki_url();
        let mut links = json!({ "base": base, "context": "/wiki", "self": format!("{base}{path}") });
        if size == self.limit || (size == 0 && self.start > 0) {
            links["next"] = json!(next(visit, path, self.end));
        }
        let body = json!({
            "results": results, "start": self.start, "limit": self.limit, "size": size, "_links": links,
        });
        Found::new(Reply::json(200, &body), size as u64)
    }
}

/// Where the listing goes on: below `/rest`, without the `/wiki` that version 2 has.
fn next(visit: &Visit<'_>, path: &str, start: usize) -> String {
    let cursor = format!("_f_{}_sa_{}", BASE64_STANDARD.encode(start.to_string()), "WyJc");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", "true").append_pair("cursor", &cursor);
    for (name, value) in &visit.ask.query {
        if name != "cursor" && name != "next" && name != "start" {
            query.append_pair(name, value);
        }
    }
    query.append_pair("start", &start.to_string());
    format!("{path}?{}", query.finish())
}

fn start_of(cursor: &str) -> Option<usize> {
    let place = cursor.strip_prefix("_f_")?.split("_sa_").next()?;
    String::from_utf8(BASE64_STANDARD.decode(place).ok()?)
        .ok()?
        .parse()
        .ok()
}

/// Content with what is to be expanded of it.
pub(super) fn hit(visit: &Visit<'_>, content: &Content, expand: &[&str]) -> Value {
    let space = visit.site.spaces.get(&content.space);
    let version = &content.version;
    let mut hit = json!({
        "id": content.id.to_string(),
        "type": content.kind.word(),
        "status": content.status.word(),
        "title": content.title(),
        "extensions": { "position": content.position.map_or(json!("none"), |position| json!(position)) },
        "_expandable": space_of(visit, content),
        "_links": ContentLinks::new(content, space),
    });
    for word in expand {
        let value = match *word {
            "version" => {
                let (author, number) = (version.author.as_deref(), version.number);
                let mut said = self::version(visit, author, version.created_at, number.into());
                said["message"] = json!(version.message.as_ref());
                said["minorEdit"] = json!(version.is_minor);
                said
            }
            "space" => space.map_or(Value::Null, |space| {
                json!({ "id": space.id, "key": space.key, "name": space.name, "type": space.kind, "status": space.status })
            }),
            "history" => json!({
                "latest": true, "createdBy": person(visit, content.author.as_deref()),
                "createdDate": instant(content.created_at),
                "lastUpdated": { "when": instant(version.created_at), "number": version.number },
            }),
            "ancestors" => ancestors(visit, content),
            "metadata.labels" => {
                let labels = content.labels.iter().map(|id| super::kept::label(visit, *id));
                hit["metadata"]["labels"] = json!({ "results": labels.collect::<Vec<_>>(), "size": content.labels.len() });
                continue;
            }
            // Nobody lays out pages here: every representation is the stored one.
            _ if word.starts_with("body.") => {
                let representation = &word["body.".len()..];
                hit["body"][representation] =
                    json!({ "value": version.body.text(), "representation": representation });
                continue;
            }
            _ => continue,
        };
        hit[*word] = value;
    }
    hit
}

/// A version of content or of a file.
pub(super) fn version(visit: &Visit<'_>, author: Option<&str>, at: DateTime<Utc>, number: u64) -> Value {
    json!({
        "by": person(visit, author), "when": instant(at), "friendlyWhen": "",
        "message": "", "number": number, "minorEdit": false,
    })
}

fn person(visit: &Visit<'_>, id: Option<&str>) -> Value {
    let name = |id| {
        visit
            .world
            .people
            .get(id)
            .map_or("", |person| person.name.as_str())
    };
    id.map_or(Value::Null, |id| {
        json!({
            "type": "known", "accountId": id, "accountType": "atlassian", "displayName": name(id),
            "publicName": name(id), "email": "",
        })
    })
}

/// Where to ask for the space of content.
pub(super) fn space_of(visit: &Visit<'_>, content: &Content) -> Value {
    let space = visit.site.spaces.get(&content.space);
    json!({ "space": space.map(|space| format!("/rest/api/space/{}", space.key)) })
}

fn is_below(visit: &Visit<'_>, content: &Content, top: u64) -> bool {
    let above = |id: &u64| visit.site.content(*id)?.parent;
    std::iter::successors(content.parent, above).any(|id| id == top)
}

/// From the top down.
fn ancestors(visit: &Visit<'_>, content: &Content) -> Value {
    let mut chain = Vec::new();
    let mut next = content.parent;
    while let Some(parent) = next.and_then(|id| visit.site.content(id)) {
        let (id, kind): (_, Kind) = (parent.id.to_string(), parent.kind);
        chain.push(json!({
            "id": id, "type": kind.word(), "status": parent.status.word(), "title": parent.title(),
            "_expandable": space_of(visit, parent),
        }));
        next = parent.parent;
    }
    chain.reverse();
    Value::Array(chain)
}
