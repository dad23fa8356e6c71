//! One request and its answer.

use serde_json::json;

use crate::faults::{Target, Trouble};
use crate::http::{Ask, Mishap, Reply};
use crate::log::Request;
use crate::state::{AccountId, World};
use crate::v2::{Found, Refusal, Visit};
use crate::{media, nango, oauth};

use super::Route;
use super::admission::{Admitted, Door, admit, no_such_route};
use super::limits;

/// What stands between a site and the world sends this when it cannot reach the site.
const HTML: &str = "<!doctype html><html><head><title>Atlassian</title></head><body><h1>We'll be right back</h1></body></html>";

/// A request on its way, and what is known about it so far.
struct Exchange<'a> {
    ask: &'a Ask,
    /// The route's template, or the path.
    route: String,
    account: Option<AccountId>,
    points: u64,
}

/// Answers a request to the host of OAuth and the API.
pub(crate) fn answer(world: &mut World, ask: &Ask) -> Reply {
    let mut exchange = Exchange {
        ask,
        route: ask.path.clone(),
        account: None,
        points: 0,
    };
    let mut reply = match (below_gateway(&ask.path), below_site_host(world, &ask.path)) {
        (Some((cloud_id, path)), _) => exchange.with_site(world, (Door::Gateway, cloud_id), &path),
        (None, Some((cloud_id, path))) if path == "/_edge/tenant_info" => {
            "/_edge/tenant_info".clone_into(&mut exchange.route);
            exchange.with(world, |_, _| Reply::json(200, &json!({ "cloudId": cloud_id })))
        }
        (None, Some((cloud_id, path))) => exchange.with_site(world, (Door::SiteHost, &cloud_id), &path),
        (None, None) => exchange.with_oauth(world),
    };
    reply.delay += world.troubles.latency;
    exchange.record(world, &reply);
    reply.with_header("date", limits::http_date(world.now()))
}

/// Answers a request to the media host.
pub(crate) fn answer_media(world: &mut World, ask: &Ask) -> Reply {
    let exchange = Exchange {
        ask,
        route: "/file/{id}/binary".to_owned(),
        account: None,
        points: 0,
    };
    let target = Target::of_route("GET /file/{id}/binary");
    let trouble = world.troubles.take(&target);
    let reply = instead(world, trouble).unwrap_or_else(|| media::download(world, ask));
    let reply = damaged(reply, trouble);
    exchange.record(world, &reply);
    reply.with_header("date", limits::http_date(world.now()))
}

/// The cloud id, and the path in the form with `/wiki`; both forms work.
fn below_gateway(path: &str) -> Option<(&str, String)> {
    let (cloud_id, rest) = path.strip_prefix("/ex/confluence/")?.split_once('/')?;
    let rest = rest.strip_prefix("wiki/").unwrap_or(rest);
    Some((cloud_id, format!("/wiki/{rest}")))
}

/// The cloud id and the path of a request to a site's own host, which has no port of its own here. The only site, if
/// it keeps version 1, has the root for its own as well, with `/wiki` or without: not every program that was written for
/// that takes an address with a path.
fn below_site_host(world: &World, path: &str) -> Option<(String, String)> {
    if let [site] = &world.sites[..]
        && site.keeps_version_1
    {
        let rooted = path.strip_prefix("/wiki").unwrap_or(path);
        if ["/rest/", "/api/v2/"]
            .iter()
            .any(|start| rooted.starts_with(start))
        {
            return Some((site.cloud_id.clone(), format!("/wiki{rooted}")));
        }
    }
    let rest = path.strip_prefix("/sites/")?;
    let (domain, path) = rest.split_at(rest.find('/')?);
    let site = world.sites.iter().find(|site| site.domain == domain)?;
    Some((site.cloud_id.clone(), path.to_owned()))
}

impl Exchange<'_> {
    fn with_oauth(&mut self, world: &mut World) -> Reply {
        let answer = match (self.ask.method.as_str(), self.ask.path.as_str()) {
            ("GET", "/authorize") => oauth::authorize,
            ("POST", "/oauth/token") => oauth::token,
            ("GET", "/oauth/token/accessible-resources") => oauth::accessible_resources,
            ("GET", "/me") => oauth::me,
            ("GET", "/_edge/tenant_info") => oauth::tenant_info,
            ("GET", path) if path.starts_with("/nango/connection/") => {
                "/nango/connection/{id}".clone_into(&mut self.route);
                nango::connection
            }
            _ => return no_such_route(world, &self.ask.path),
        };
        self.with(world, answer)
    }

    /// The answer, unless a fault comes between.
    fn with(&self, world: &mut World, answer: impl FnOnce(&mut World, &Ask) -> Reply) -> Reply {
        let trouble = world.troubles.take(&Target::of_route(&self.template()));
        let reply = instead(world, trouble).unwrap_or_else(|| answer(world, self.ask));
        damaged(reply, trouble)
    }

    fn with_site(&mut self, world: &mut World, door: (Door, &str), path: &str) -> Reply {
        let found = Route::find(&self.ask.method, path);
        if let Some((route, _)) = &found {
            route.template.clone_into(&mut self.route);
        }
        let (route, places) = found.unzip();
        let admitted = match admit(world, self.ask, door, path, route) {
            Ok(admitted) => admitted,
            Err(reply) => return reply,
        };
        self.account = Some(AccountId::clone(&admitted.family.account));
        let now = world.now();
        let balance = world.meter.balance(&admitted.family.client_id, now);
        if admitted.is_app && balance.remaining == 0 {
            return limits::exhausted(balance);
        }
        let of_site = world.troubles.of_sites.get(door.1).copied();
        let trouble = of_site.or_else(|| world.troubles.take(&self.target()));
        if let Some(Trouble::RateLimit(pause)) = trouble {
            return limits::limited(pause, now);
        }
        let reply = instead(world, trouble);
        let reply = reply.unwrap_or_else(|| {
            let visit = Visit::new(
                world,
                &admitted,
                self.ask,
                path,
                places.unwrap_or_default(),
                trouble,
            );
            let answer = route.map_or(Err(Refusal::not_found("Not Found")), |route| {
                (route.answer)(&visit)
            });
            self.settle(world, answer)
        });
        self.charge(world, &admitted, damaged(reply, trouble))
    }

    /// Turns what a route found into an answer.
    fn settle(&mut self, world: &mut World, answer: Result<Found, Refusal>) -> Reply {
        match answer {
            Ok(found) if world.troubles.hold_back(&found.reply.body) => Refusal::Internal.into_reply(),
            Ok(found) => {
                self.points = found.points;
                world.records.secrets.extend(found.secret);
                let mut reply = found.reply;
                if world.troubles.distorts() {
                    reply.body = world.troubles.distort(reply.body);
                }
                reply
            }
            Err(refusal) => refusal.into_reply(),
        }
    }

    /// One point for the request, and those for what it read.
    fn charge(&mut self, world: &mut World, admitted: &Admitted, reply: Reply) -> Reply {
        if !admitted.is_app {
            self.points = 0;
            return reply;
        }
        self.points += 1;
        world.meter.charge(&admitted.family.client_id, self.points);
        let now = world.now();
        limits::with_balance(reply, world.meter.balance(&admitted.family.client_id, now))
    }

    fn template(&self) -> String {
        format!("{} {}", self.ask.method, self.route)
    }

    /// In version 2 whatever is read and does not end in an id is a listing.
    fn is_listing(&self) -> bool {
        self.ask.method == "GET" && self.route.starts_with("/wiki/api/v2/") && !self.route.ends_with('}')
    }

    fn target(&self) -> Target {
        Target {
            template: self.template(),
            is_content: true,
            is_listing: self.is_listing(),
            has_cursor: self.ask.param("cursor").is_some(),
        }
    }

    fn record(self, world: &mut World, reply: &Reply) {
        let is_answered = matches!(reply.mishap, Mishap::None | Mishap::Cut);
        let at = world.now();
        world.records.requests.push(Request {
            at,
            method: self.ask.method.clone(),
            route: self.route,
            path: self.ask.path.clone(),
            query: self.ask.raw_query.clone(),
            account: self.account.map(|account| account.as_ref().to_owned()),
            status: if is_answered { reply.status } else { 0 },
            points: self.points,
            bytes: reply.body.len() as u64,
            has_authorization: self.ask.authorization.is_some(),
            range: self.ask.range.clone(),
        });
    }
}

/// The answer that a fault gives in place of the real one.
fn instead(world: &World, trouble: Option<Trouble>) -> Option<Reply> {
    match trouble? {
        Trouble::RateLimit(pause) => Some(limits::limited(pause, world.now())),
        Trouble::ServerError(status) => Some(Reply::html(status, HTML)),
        Trouble::Html => Some(Reply::html(200, HTML)),
        Trouble::Unheard => Some(Reply {
            mishap: Mishap::Stall,
            ..Reply::html(503, HTML)
        }),
        _ => None,
    }
}

/// What a fault leaves of the real answer.
fn damaged(mut reply: Reply, trouble: Option<Trouble>) -> Reply {
    match trouble {
        Some(Trouble::CutBody) => reply.mishap = Mishap::Cut,
        Some(Trouble::Reset) => reply.mishap = Mishap::Reset,
        Some(Trouble::Stall) => reply.mishap = Mishap::Stall,
        Some(Trouble::TruncatedJson) => reply.body.truncate(reply.body.len() / 2),
        _ => {}
    }
    reply
}
