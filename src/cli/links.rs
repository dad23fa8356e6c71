//! `millpond links`: where a page's links lead, which pages link to it, and what is broken.

mod ends;

use owo_colors::OwoColorize as _;
use serde_json::json;

use crate::model::{Domain, SpaceKey};
use crate::store::{LinkScope, LinkView, PageName, PageRef};

use super::output::printable;
use super::{Session, report, show};
use ends::Ends;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The page: its id, its address, or SPACE:Title
    #[arg(required_unless_present = "broken", conflicts_with = "broken")]
    page: Option<PageRef>,
    /// Instead of one page's links, all that lead nowhere, in one space or everywhere
    #[arg(
        long,
        value_name = "SPACE",
        num_args = 0..=1,
        value_parser = |key: &str| Ok::<_, String>(SpaceKey::new(key))
    )]
    #[expect(clippy::option_option, reason = "asked for or not, and then narrowed or not")]
    broken: Option<Option<SpaceKey>>,
    /// Only on this site
    #[arg(long, value_name = "DOMAIN", requires = "broken")]
    site: Option<Domain>,
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    match args.page {
        Some(page) => of_page(session, &page),
        None => broken(
            session,
            &LinkScope {
                space: args.broken.flatten(),
                site: args.site,
                is_broken: true,
            },
        ),
    }
}

fn of_page(session: &mut Session, page: &PageRef) -> anyhow::Result<()> {
    let reader = session.reader()?;
    let page = show::the_page(&reader, page)?;
    let (mut links, backlinks) = (reader.links(&page)?, reader.backlinks(&page)?);
    Ends::of(&reader).look(&mut links)?;
    let out = &mut session.out;
    if out.is_json() {
        for link in &links {
            out.json(&json!({ "direction": "out", "link": link }))?;
        }
        for from in &backlinks {
            out.json(&json!({ "direction": "in", "from": from }))?;
        }
        return Ok(());
    }
    let title = printable(&page.title).into_owned();
    out.line(format!("{title} has {}", counted(links.len())).bold())?;
    for link in &links {
        out.line(readable(link))?;
    }
    out.line(format!("{} to it", counted(backlinks.len())).bold())?;
    for from in &backlinks {
        out.line(format!("  {}", named(from)))?;
    }
    Ok(())
}

fn broken(session: &mut Session, scope: &LinkScope) -> anyhow::Result<()> {
    let reader = session.reader()?;
    let mut links = reader.links_in(scope)?;
    Ends::of(&reader).look(&mut links)?;
    links.retain(|link| link.problem.is_some());
    if session.out.is_json() {
        for link in &links {
            session.out.json(link)?;
        }
        return Ok(());
    }
    if links.is_empty() {
        report::note("no broken links");
        return Ok(());
    }
    let mut before = None;
    for link in &links {
        if before.replace(&link.from) != Some(&link.from) {
            session.out.line(named(&link.from))?;
        }
        session.out.line(readable(link))?;
    }
    Ok(())
}

fn counted(links: usize) -> String {
    match links {
        0 => "no links".to_owned(),
        1 => "1 link".to_owned(),
        links => format!("{links} links"),
    }
}

fn named(page: &PageName) -> String {
    let space = page.space_key.as_ref().map_or("?", SpaceKey::as_str);
    format!(
        "{} {}",
        printable(&format!("{space}:{}", page.title)),
        page.id.dimmed()
    )
}

fn readable(link: &LinkView) -> String {
    let mut to = match (&link.space_key, link.kind.as_str()) {
        (Some(space), "page" | "blogpost") => format!("{space}:{}", link.to),
        _ => link.to.clone(),
    };
    match (&link.anchor, link.kind.as_str()) {
        (Some(anchor), "page" | "blogpost") => to = format!("{to} #{anchor}"),
        (Some(anchor), "place") => to = format!("#{anchor}"),
        _ => {}
    }
    let is_content = matches!(link.kind.as_str(), "page" | "blogpost");
    let id = link.id.as_ref().filter(|_| is_content);
    let id = id.map_or_else(String::new, |id| format!(" {}", id.dimmed()));
    let problem = link.problem.as_deref().unwrap_or_default();
    let problem = if problem.is_empty() {
        String::new()
    } else {
        format!(" {}", format_args!("[{problem}]").red())
    };
    format!(
        "  {} {}{id}{problem}",
        format_args!("{:10}", link.kind).dimmed(),
        printable(&to)
    )
}
