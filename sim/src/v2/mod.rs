//! The answers of the REST API, version 2.

pub(crate) mod attachments;
pub(crate) mod comments;
mod cursor;
pub(crate) mod labels;
mod listing;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod policies;
pub(crate) mod properties;
pub(crate) mod spaces;
pub(crate) mod tree;
pub(crate) mod users;
pub(crate) mod versions;
pub(crate) mod wire;

use serde_json::json;

use crate::faults::Trouble;
use crate::gateway::Admitted;
use crate::http::{Ask, Reply};
use crate::state::{AccountId, Content, Site, Space, Status, World};

/// A request that was let in: what it asks for, and whose eyes it has.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) world: &'a World,
    pub(crate) site: &'a Site,
    pub(crate) viewer: &'a AccountId,
    pub(crate) ask: &'a Ask,
    /// The path, always in the form with `/wiki`.
    pub(crate) path: &'a str,
    /// What stands in the route's variable places.
    places: Vec<&'a str>,
    pub(crate) trouble: Option<Trouble>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(
        world: &'a World,
        admitted: &'a Admitted,
        ask: &'a Ask,
        path: &'a str,
        places: Vec<&'a str>,
        trouble: Option<Trouble>,
    ) -> Self {
        Self {
            world,
            site: &world.sites[admitted.site],
            viewer: &admitted.family.account,
            ask,
            path,
            places,
            trouble,
        }
    }

    /// What stands in the route's first variable place.
    pub(crate) fn place(&self) -> &'a str {
        self.places.first().copied().unwrap_or_default()
    }

    /// What stands in the second.
    pub(crate) fn second_place(&self) -> &'a str {
        self.places.get(1).copied().unwrap_or_default()
    }

    /// The number in the first. Anything else is nobody's id.
    pub(crate) fn id(&self) -> Result<u64, Refusal> {
        let place = self.place();
        place.parse().map_err(|_| {
            Refusal::bad_request(&format!(
                "Provided value {{{place}}} for 'id' is not the correct type. Expected type is long"
            ))
        })
    }

    /// Whether the visitor may know that the space exists.
    pub(crate) fn sees_space(&self, space: &Space) -> bool {
        !space.hidden_from.contains(self.viewer)
    }

    /// Whether the visitor, by way of an app, may read the content of the space.
    pub(crate) fn reads_space(&self, space: &Space) -> bool {
        self.sees_space(space) && !space.blocks_apps && space.status != "trashed"
    }

    /// Whether the visitor may know that the content exists.
    pub(crate) fn sees(&self, content: &Content) -> bool {
        // A draft is told of to those only who ask for drafts by name, which nobody does here.
        if content.status == Status::Draft {
            return false;
        }
        let space = self.site.spaces.get(&content.space);
        space.is_some_and(|space| self.reads_space(space)) && !content.hidden_from.contains(self.viewer)
    }

    /// The content of that id, if the visitor may see it.
    pub(crate) fn content(&self, id: u64) -> Option<&'a Content> {
        self.site.content(id).filter(|content| self.sees(content))
    }

    /// Whether a switch such as `include-labels` is on.
    pub(crate) fn wants(&self, switch: &str) -> bool {
        self.ask.param(switch) == Some("true")
    }

    /// What links in answers are relative to.
    pub(crate) fn wiki_url(&self) -> String {
        format!("https://{}/wiki", self.site.domain)
    }
}

/// A good answer, with what it costs beyond the one point of every request.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) reply: Reply,
    pub(crate) points: u64,
    /// A secret that the answer hands out.
    pub(crate) secret: Option<String>,
}

impl Found {
    pub(crate) fn new(reply: Reply, points: u64) -> Self {
        Self {
            reply,
            points,
            secret: None,
        }
    }
}

/// Why there is no good answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    BadRequest {
        title: String,
        detail: Option<&'static str>,
    },
    NotFound {
        title: String,
    },
    Internal,
    /// In the words of another interface.
    Other(Reply),
}

impl Refusal {
    pub(crate) fn bad_request(title: &str) -> Self {
        Self::BadRequest {
            title: title.to_owned(),
            detail: None,
        }
    }

    pub(crate) fn not_found(title: &str) -> Self {
        Self::NotFound {
            title: title.to_owned(),
        }
    }

    /// A parameter that is not what the route expects.
    pub(crate) fn bad_parameter(name: &str, expected: &str) -> Self {
        Self::bad_request(&format!(
            "Provided value for '{name}' is not the correct type. Expected type is {expected}."
        ))
    }

    pub(crate) fn into_reply(self) -> Reply {
        let error = |status: u16, code: &str, title: &str, detail: Option<&str>| {
            let error = json!({ "status": status, "code": code, "title": title, "detail": detail });
            Reply::json(status, &json!({ "errors": [error] }))
        };
        match self {
            Self::BadRequest { title, detail } => error(400, "INVALID_REQUEST_PARAMETER", &title, detail),
            Self::NotFound { title } => error(404, "NOT_FOUND", &title, None),
            Self::Internal => error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error", None),
            Self::Other(reply) => reply,
        }
    }
}
