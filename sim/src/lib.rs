//! A stateful simulation of Confluence Cloud and Atlassian's OAuth server, over HTTP.
//!
//! One [`Atlassian`] plays `auth.atlassian.com`, `api.atlassian.com` and, on a port of its own, the media host. It is
//! driven in the words of the people who use the site, and it is as awkward as the original: refresh tokens rotate,
//! points run out, what a visitor may not see is missing without a word, and everything that can go wrong does so when
//! [`Faults`] are asked.
//!
//! ```
//! # use confluence_sim::Atlassian;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let atlassian = Atlassian::start().await;
//! atlassian.app("client", "secret", "http://localhost:8585/callback", &["read:page:confluence"]);
//! let alice = atlassian.account("Alice Moreau");
//! let site = atlassian.site("acme.atlassian.net");
//! site.member(&alice);
//! atlassian.consents_as(&alice);
//!
//! let space = site.space("ENG");
//! let home = space.page("Home").by(&alice);
//! let runbook = space.page("Runbook").body("<p>Restart it.</p>").under(&home);
//! site.edit(&runbook, "<p>Restart it, twice.</p>");
//! atlassian.faults().rate_limit_next(2);
//!
//! // Now a client does its work against `atlassian.auth_url()` and `atlassian.api_url()` …
//!
//! let seen = site.visible_pages(&alice);
//! assert_eq!((seen.len(), seen[1].version), (2, 2));
//! assert_eq!(atlassian.log().count("GET /wiki/api/v2/pages"), 0);
//! # }
//! ```
//!
//! Where Atlassian's behaviour is not documented, the simulation takes the worse of what has been reported:
//!
//! - An expired access token is answered 404 by version 2 of the API and 403 by version 1, not 401.
//! - A rotated refresh token that comes back after ten minutes ends all tokens of its family.
//! - Pages of a listing can be short, or empty, and have a `next` all the same.
//! - Moves, labels, attachments, comments, and the way to the trash and back are no new versions.
//! - The children of a page that goes to the trash move up to its parent, and stay there when it comes back.
//! - Where answers depend on the order of titles, it is that of their characters' code points.
//!
//! - A site takes the holder of an expired API token for a stranger, and shows a stranger nothing.
//!
//! A site's own host, for classic API tokens, is at [`Atlassian::site_url`]; a Nango that keeps consents is at
//! [`Atlassian::nango_url`].
//!
//! The routes of version 1 that were removed answer 410, unless a site is told to keep them: [`Site::keeps_version_1`].
//!
//! Of CQL, the search of version 1 understands what mirrors ask. Not simulated: drafts, whiteboards and databases, and writing.

mod api_tokens;
mod clock;
pub mod demo;
mod dice;
mod drive;
mod faults;
mod gateway;
mod http;
mod log;
mod media;
mod nango;
mod oauth;
mod points;
mod server;
mod state;
mod v1;
mod v2;
mod wire;

pub use clock::SimClock;
pub use drive::{
    Account, AnnexSnapshot, Atlassian, Attachment, Builder, Comment, Page, PageSnapshot, Site, Space,
};
pub use faults::Faults;
pub use log::{Log, Refresh, Request};
