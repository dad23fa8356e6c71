//! What the engine is given: the client of a site, and what to mirror of it.

use std::sync::Arc;

use url::Url;

use crate::auth::{Door, Entrance};
use crate::config::{self, Config, ContentWord};
use crate::confluence::{self, Client, Points, Traffic};
use crate::mirror::{self, Guard, Options, Scope};
use crate::model::{AnnexKind, CloudId, ContentKind};

/// The client that goes through an entrance.
pub fn client(
    config: &Config,
    entrance: Entrance,
    http: reqwest::Client,
    points: Arc<Points>,
    traffic: Option<Traffic>,
) -> Client {
    let root = match entrance.door {
        Door::Gateway => gateway(&config.app.api_url, &entrance.site.cloud_id),
        Door::Site(url) => url,
    };
    let options = confluence::Options {
        requests_per_second: config.limits.requests_per_second,
        concurrency: config.limits.concurrency,
        admits_strangers: entrance.admits_strangers,
        by_search: entrance.only_search,
        traffic,
        ..confluence::Options::new(root)
    };
    Client::new(options, http, entrance.authenticator, points)
}

/// Where the gateway has a site. All of its routes are below, and the token goes nowhere else.
fn gateway(api_url: &Url, site: &CloudId) -> Url {
    let mut root = api_url.clone();
    root.set_path(&format!(
        "{}/ex/confluence/{site}/",
        api_url.path().trim_end_matches('/')
    ));
    root
}

/// The files to download.
fn files(sync: &config::Sync) -> Option<mirror::Files> {
    let is_wanted = sync.attachments.download && sync.content.contains(&ContentWord::Attachments);
    is_wanted.then(|| mirror::Files {
        max_size: sync.attachments.max_size,
        include: sync.attachments.include.clone(),
        exclude: sync.attachments.exclude.clone(),
    })
}

pub(super) fn mirror_options(sync: &config::Sync, connection: &config::Connection) -> Options {
    let kind = |word: &ContentWord| match word {
        ContentWord::Pages => Some(ContentKind::Page),
        ContentWord::Blogposts => Some(ContentKind::BlogPost),
        _ => None,
    };
    let annexes = |word: &ContentWord| match word {
        ContentWord::Comments => &[AnnexKind::FooterComment, AnnexKind::InlineComment][..],
        ContentWord::Attachments => &[AnnexKind::Attachment][..],
        _ => &[],
    };
    let spaces = &connection.spaces;
    Options {
        scope: Scope {
            include: spaces.include.clone(),
            exclude: spaces.exclude.clone(),
        },
        kinds: sync.content.iter().filter_map(kind).collect(),
        annexes: sync.content.iter().flat_map(annexes).copied().collect(),
        files: files(sync),
        stubs: sync.content.contains(&ContentWord::Folders),
        labels: sync.content.contains(&ContentWord::Labels),
        properties: sync.properties.clone(),
        restrictions: sync.restrictions,
        users: sync.content.contains(&ContentWord::Users),
        guard: Guard {
            max_fraction: sync.deletion_guard.max_fraction,
            min_items: sync.deletion_guard.min_items,
            confirm_after: sync.deletion_guard.confirm_after,
            is_lifted: false,
        },
    }
}
