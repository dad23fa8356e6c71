//! `millpond history`: the versions of a page, and what changed between two of them.

mod diff;

use serde_json::json;

use crate::app::App;
use crate::config;
use crate::convert::{self, PageContext};
use crate::mirror::History;
use crate::model::{ContentKind, SpaceKey};
use crate::store::{PageRef, PageView, Reader, VersionView};

use super::output::printable;
use super::pager::Pager;
use super::report::Failure;
use super::{Session, report, show, when};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The page: its id, its address, or SPACE:Title
    page: PageRef,
    /// What changed from version A to version B, or to the newest
    #[arg(long, value_names = ["A", "B"], num_args = 1..=2)]
    diff: Vec<u32>,
    /// First ask the site for the versions from before the mirror; needs the daemon stopped
    #[arg(long)]
    fetch: bool,
    /// Never through $PAGER, however long the difference is
    #[arg(long, requires = "diff")]
    no_pager: bool,
}

pub(super) fn run(session: &mut Session, args: &Args) -> anyhow::Result<()> {
    let reader = session.reader()?;
    let page = show::the_page(&reader, &args.page)?;
    if args.fetch {
        super::concurrently(fetch(session, &page))?;
    }
    let versions = reader.versions(&page)?;
    match args.diff.as_slice() {
        [] => list(session, &versions),
        [from, to, ..] => compare(session, args, &reader, &page, (*from, *to)),
        [from] => compare(session, args, &reader, &page, (*from, page.version)),
    }
}

fn list(session: &mut Session, versions: &[VersionView]) -> anyhow::Result<()> {
    if session.out.is_json() {
        for version in versions {
            session.out.json(version)?;
        }
        return Ok(());
    }
    let facts = |version: &VersionView| {
        [
            version.version.to_string(),
            when::minute(version.saved_at),
            printable(version.author.as_deref().unwrap_or("-")).into_owned(),
            version
                .size
                .map_or_else(|| "-".to_owned(), |size| size.to_string()),
        ]
    };
    let [number, saved, by, bytes] = ["version", "saved", "by", "bytes"];
    let says_more = |version: &VersionView| {
        version.is_minor || !version.message.is_empty() || version.title != versions[0].title
    };
    if !versions.iter().any(says_more) {
        return Ok(session
            .out
            .table([number, saved, by, bytes], versions.iter().map(facts))?);
    }
    let rows = versions.iter().map(|version| {
        let [number, saved, by, bytes] = facts(version);
        let message = if version.is_minor { "(minor) " } else { "" };
        let message = format!("{message}{}", printable(&version.message));
        let title = printable(&version.title).into_owned();
        [number, saved, by, bytes, title, message]
    });
    Ok(session
        .out
        .table([number, saved, by, bytes, "title", "message"], rows)?)
}

/// A version as Markdown.
struct Edition {
    view: VersionView,
    markdown: String,
}

fn compare(
    session: &mut Session,
    args: &Args,
    reader: &Reader,
    page: &PageView,
    (from, to): (u32, u32),
) -> anyhow::Result<()> {
    let (from, to) = (edition(reader, page, from)?, edition(reader, page, to)?);
    if session.out.is_json() {
        return Ok(session.out.json(&json!({
            "id": page.id,
            "from": from.view,
            "to": to.view,
            "diff": diff::unified(&from, &to, false),
        }))?);
    }
    let has_colours = session.out.screen().is_some_and(|screen| screen.has_colours);
    let text = diff::unified(&from, &to, has_colours);
    if text.is_empty() {
        report::note("the two versions read the same");
        return Ok(());
    }
    let pager = Pager::of(session).filter(|_| !args.no_pager);
    Ok(session.out.paged(&text, pager.as_ref())?)
}

/// Renders the stored body: both versions by the same renderer, whatever wrote their texts then.
fn edition(reader: &Reader, page: &PageView, number: u32) -> anyhow::Result<Edition> {
    let missing = |is_known| Failure::NoSuchVersion {
        page: page.id.to_string(),
        version: number,
        is_known,
    };
    let views = reader.versions(page)?;
    let view = views.into_iter().find(|view| view.version == number);
    let view = view.ok_or_else(|| missing(false))?;
    let body = reader
        .body_of_version(page, number)?
        .ok_or_else(|| missing(true))?;
    let place = PageContext {
        wiki_url: &format!("https://{}/wiki", page.site),
        space_key: page.space_key.as_ref().map_or("", SpaceKey::as_str),
        page_id: page.id.as_str(),
    };
    let markdown = convert::render(&body, &place).markdown;
    Ok(Edition { view, markdown })
}

/// Asks the site, as any run would.
async fn fetch(session: &Session, page: &PageView) -> anyhow::Result<()> {
    let config = session.config()?;
    let connection = config.connection(&page.site).cloned();
    let connection = connection.ok_or_else(|| Failure::NotConfigured {
        domain: page.site.to_string(),
    })?;
    let kind = ContentKind::from_word(&page.kind).filter(|kind| !kind.is_stub());
    let kind = kind.ok_or_else(|| Failure::NotMirrored {
        what: format!("history of a {}: only pages and blog posts have one", page.kind),
    })?;
    let app = App::open(config, session.clock.clone()).await?;
    let fetched = fetched(&app, &connection, kind, page).await;
    app.close().await?;
    let History { seen, added } = fetched?;
    report::note(&format!("the site has {seen} versions, {added} of them new here"));
    Ok(())
}

async fn fetched(
    app: &App,
    connection: &config::Connection,
    kind: ContentKind,
    page: &PageView,
) -> anyhow::Result<History> {
    let mirror = app.mirror(connection).await?;
    Ok(mirror.fetch_history(kind, &page.id).await?)
}
