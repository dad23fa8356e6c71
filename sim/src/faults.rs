//! Everything that can go wrong, by name.

mod distort;
mod troubles;

use std::time::Duration;

use crate::drive::{Page, Site};
use crate::server::Shared;

pub(crate) use distort::Quirk;
pub(crate) use troubles::{Pause, Target, Trouble, Troubles};

/// Arms faults. Those called `…_next` strike that many requests and are over; the others last until [`clear`](Self::clear).
///
/// One request is struck by at most one counted fault, in the order in which they were armed.
#[derive(Clone, Debug)]
pub struct Faults {
    shared: Shared,
    route: Option<String>,
}

impl Faults {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared, route: None }
    }

    /// Aims the counted faults at one route, such as `GET /wiki/api/v2/pages` or `POST /oauth/token`.
    /// Unaimed they strike any request for a site's content.
    #[must_use]
    pub fn at(&self, route: &str) -> Self {
        Self {
            shared: self.shared.clone(),
            route: Some(route.to_owned()),
        }
    }

    /// Answers 429 with `Retry-After: 1`.
    pub fn rate_limit_next(&self, requests: u32) {
        self.rate_limit_next_for(requests, 1);
    }

    /// Answers 429 with `Retry-After` so many seconds.
    pub fn rate_limit_next_for(&self, requests: u32, seconds: u64) {
        self.arm(Trouble::RateLimit(Pause::Seconds(seconds)), requests);
    }

    /// Answers 429 with `Retry-After` as an HTTP date, so many seconds ahead of the site's clock.
    pub fn rate_limit_next_until(&self, requests: u32, seconds: u64) {
        self.arm(Trouble::RateLimit(Pause::Date(seconds)), requests);
    }

    /// Answers 429 and neither says how long nor why.
    pub fn rate_limit_without_retry_after(&self, requests: u32) {
        self.arm(Trouble::RateLimit(Pause::Unsaid), requests);
    }

    /// Answers with a status such as 500 or 503, and a body that is no JSON.
    pub fn server_error_next(&self, requests: u32, status: u16) {
        self.arm(Trouble::ServerError(status), requests);
    }

    /// Ends the connection in the middle of the body.
    pub fn cut_body_next(&self, requests: u32) {
        self.arm(Trouble::CutBody, requests);
    }

    /// Answers with half of the JSON, as if that were all.
    pub fn truncate_json_next(&self, requests: u32) {
        self.arm(Trouble::TruncatedJson, requests);
    }

    /// Answers 200 with a page for people.
    pub fn html_instead_of_json(&self, requests: u32) {
        self.arm(Trouble::Html, requests);
    }

    /// Does what was asked, then never answers.
    pub fn stall_next(&self, requests: u32) {
        self.arm(Trouble::Stall, requests);
    }

    /// Neither does what was asked nor answers.
    pub fn ignore_next(&self, requests: u32) {
        self.arm(Trouble::Unheard, requests);
    }

    /// Does what was asked, then resets the connection.
    pub fn reset_connection_next(&self, requests: u32) {
        self.arm(Trouble::Reset, requests);
    }

    /// Puts an empty page, with a `next`, into a listing; nothing is skipped.
    pub fn empty_page_with_next(&self, requests: u32) {
        self.arm(Trouble::EmptyPage, requests);
    }

    /// Leaves out the `next` of a listing, as if it ended there.
    pub fn end_listing_early(&self, requests: u32) {
        self.arm(Trouble::EndedEarly, requests);
    }

    /// Lists in the route's own order, whatever order is asked for.
    pub fn ignore_order_next(&self, requests: u32) {
        self.arm(Trouble::OrderIgnored, requests);
    }

    /// Hands out the cursor that was just used as the next one. Strikes only requests with a cursor.
    pub fn repeat_cursor(&self, requests: u32) {
        self.arm(Trouble::RepeatedCursor, requests);
    }

    /// Refuses cursors with 400. Strikes only requests with a cursor.
    pub fn reject_cursors(&self, requests: u32) {
        self.arm(Trouble::RejectedCursor, requests);
    }

    /// Rotates the refresh token on the server, then resets the connection instead of answering.
    pub fn lose_answer_of_next_refresh(&self) {
        self.arm(Trouble::LostRefreshAnswer, 1);
    }

    /// Lets every access token expire at this instant, whatever its holder believes.
    pub fn expire_access_tokens(&self) {
        let mut world = self.shared.lock();
        let now = world.now();
        world.grants.expire_access(now);
    }

    /// Says of every access token that it lasts so long. It lasts an hour all the same.
    pub fn understate_lifetimes(&self, said: Duration) {
        self.shared.lock().troubles.said_lifetime = Some(said);
    }

    /// Lets every API token expire, which its site does not say: it takes the holder for a stranger from now on.
    pub fn expire_api_tokens(&self) {
        self.shared.lock().api_tokens.expire_all();
    }

    /// Answers at most so many items a page, whatever the limit asked for.
    pub fn lower_limit(&self, items: usize) {
        self.shared.lock().troubles.limit_cap = Some(items);
    }

    /// Answers 500 to listings with a greater limit.
    pub fn fail_listings_with_limit_over(&self, items: usize) {
        self.shared.lock().troubles.fails_over = Some(items);
    }

    /// Takes so long over every request.
    pub fn slow(&self, latency: Duration) {
        self.shared.lock().troubles.latency = latency;
    }

    /// From now on that site never answers.
    pub fn hang(&self, site: &Site) {
        self.befall(site, Trouble::Unheard);
    }

    /// From now on that site answers everything with this status.
    pub fn break_down(&self, site: &Site, status: u16) {
        self.befall(site, Trouble::ServerError(status));
    }

    fn befall(&self, site: &Site, trouble: Trouble) {
        let cloud_id = site.cloud_id();
        self.shared.lock().troubles.of_sites.insert(cloud_id, trouble);
    }

    /// Keeps the search index so many seconds behind the site.
    pub fn index_lags(&self, seconds: i64) {
        self.shared.lock().troubles.index_lag = chrono::TimeDelta::seconds(seconds);
    }

    /// Answers 500 to every search that would deliver the body of the page.
    pub fn unsearchable_body(&self, page: &Page) {
        self.shared.lock().troubles.unsearchable.insert(page.number());
    }

    /// The media host sends whole files, whatever range is asked for.
    pub fn ignore_ranges(&self) {
        self.shared.lock().troubles.ignores_ranges = true;
    }

    /// Answers 500 wherever the answer would hold what has that id, in a listing or by itself.
    pub fn undeliverable(&self, id: &str) {
        self.shared.lock().troubles.undeliverable.insert(id.to_owned());
    }

    /// Writes ids as numbers where the specification has strings.
    pub fn ids_as_numbers(&self) {
        self.shared.lock().troubles.ids_as_numbers = true;
    }

    /// Uses values that no enumeration of the specification lists: for types of spaces, accounts and parents.
    pub fn unknown_enum_values(&self) {
        self.shared.lock().troubles.unknown_enums = true;
    }

    /// Sends the page with `"body": null` although a body was asked for.
    pub fn null_bodies(&self, page: &Page) {
        self.quirk(page, Quirk::NullBody);
    }

    /// Sends the page with a number for its title and without a version.
    pub fn odd_item(&self, page: &Page) {
        self.quirk(page, Quirk::Undecodable);
    }

    /// Sends, in the page's place, an item without a readable id.
    pub fn item_without_id(&self, page: &Page) {
        self.quirk(page, Quirk::Unidentifiable);
    }

    /// Sends the page with a status that nobody has heard of.
    pub fn unknown_status(&self, page: &Page) {
        self.quirk(page, Quirk::UnknownStatus);
    }

    /// Everything works again.
    pub fn clear(&self) {
        self.shared.lock().troubles = Troubles::default();
    }

    fn quirk(&self, page: &Page, quirk: Quirk) {
        self.shared.lock().troubles.quirks.insert(page.number(), quirk);
    }

    fn arm(&self, trouble: Trouble, requests: u32) {
        self.shared
            .lock()
            .troubles
            .arm(trouble, self.route.clone(), requests);
    }
}
