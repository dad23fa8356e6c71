//! `millpond show`: one page of the mirror.

mod beside;
mod reading;

use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::json;

use crate::model::{Body, ContentKind};
use crate::store::{AttachmentView, CommentView, Lookup, PageName, PageRef, PageView, Reader};

use super::output::{on_terminal, printable};
use super::pager::Pager;
use super::report::Failure;
use super::{Session, report, when};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub(super) struct Args {
    /// The page: its id, its address, or SPACE:Title
    page: PageRef,
    /// The Markdown as it is, also on a terminal
    #[arg(long, group = "form")]
    raw: bool,
    /// The body as the site sent it
    #[arg(long, group = "form")]
    storage: bool,
    /// What is known about the page, instead of the page
    #[arg(long, group = "form")]
    meta: bool,
    /// Its comments as well, below the page
    #[arg(long, conflicts_with_all = ["storage", "meta"])]
    comments: bool,
    /// Its attachments as well, below the page
    #[arg(long, conflicts_with_all = ["storage", "meta"])]
    attachments: bool,
    /// Never through $PAGER, however long the page is
    #[arg(long)]
    no_pager: bool,
}

pub(super) fn run(session: &mut Session, args: &Args) -> anyhow::Result<()> {
    let reader = session.reader()?;
    let mut page = the_page(&reader, &args.page)?;
    if args.storage {
        return storage(session, &reader, &page);
    }
    let comments = args.comments.then(|| reader.comments_on(&page)).transpose()?;
    let attachments = args
        .attachments
        .then(|| reader.attachments_of(&page))
        .transpose()?;
    if session.out.is_json() {
        let beside = Beside {
            page: &page,
            comments,
            attachments,
        };
        return Ok(session.out.json(&beside)?);
    }
    page.markdown
        .extend(comments.map(|comments| beside::comments(&comments)));
    page.markdown
        .extend(attachments.map(|attachments| beside::attachments(&attachments)));
    // What has no text is shown by what is known about it.
    let is_stub = ContentKind::from_word(&page.kind).is_some_and(ContentKind::is_stub);
    if args.meta || is_stub {
        return meta(session, &page);
    }
    let Some(screen) = session.out.screen().filter(|_| !args.raw) else {
        // Standard output has the page and nothing else.
        for warning in reading::warnings(&page) {
            report::note(&warning);
        }
        return Ok(session.out.text(&page.markdown)?);
    };
    let pager = Pager::of(session).filter(|_| !args.no_pager);
    let text = reading::text(&page, screen);
    Ok(session.out.paged(&text, pager.as_ref())?)
}

/// A page and what was asked for beside it.
#[derive(Serialize)]
struct Beside<'a> {
    #[serde(flatten)]
    page: &'a PageView,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<Vec<CommentView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachments: Option<Vec<AttachmentView>>,
}

pub(super) fn the_page(reader: &Reader, page: &PageRef) -> anyhow::Result<PageView> {
    match reader.page(page)? {
        Lookup::Found(page) => Ok(*page),
        Lookup::NotFound { close } => Err(Failure::NoSuchPage { close: names(&close) }.into()),
        Lookup::Several(pages) => Err(Failure::SeveralPages { pages: names(&pages) }.into()),
    }
}

fn names(pages: &[PageName]) -> Vec<String> {
    let space = |page: &PageName| {
        page.space_key
            .as_ref()
            .map_or_else(String::new, |key| format!("{key}:"))
    };
    let name = |page: &PageName| {
        format!(
            "{}{} ({} on {})",
            space(page),
            printable(&page.title),
            page.id,
            page.site
        )
    };
    pages.iter().map(name).collect()
}

fn storage(session: &mut Session, reader: &Reader, page: &PageView) -> anyhow::Result<()> {
    let Some(body) = reader.body(page)? else {
        return Err(Failure::NotMirrored {
            what: format!("body of page {}", page.id),
        }
        .into());
    };
    if session.out.is_json() {
        let format = match body {
            Body::Storage(_) => "storage",
            Body::Adf(_) => "atlas_doc_format",
        };
        return Ok(session
            .out
            .json(&json!({ "id": page.id, "format": format, "body": body.as_str() }))?);
    }
    if session.out.is_terminal() {
        return Ok(session.out.line(on_terminal(body.as_str()))?);
    }
    Ok(session.out.text(body.as_str())?)
}

fn meta(session: &mut Session, page: &PageView) -> anyhow::Result<()> {
    let unknown = || "-".to_owned();
    let path: Vec<_> = page
        .ancestors
        .iter()
        .map(|ancestor| ancestor.title.as_str())
        .collect();
    let space = page.space_key.as_ref().map_or_else(unknown, ToString::to_string);
    let gone = page.gone.as_ref().map_or_else(unknown, |gone| {
        format!("{}: {}", when::minute(gone.at), gone.reason)
    });
    let size = page
        .storage_size
        .map_or_else(unknown, |bytes| format!("{bytes} bytes"));
    let (author, editor) = (page.author.clone(), page.editor.clone());
    for (name, value) in [
        ("title", page.title.clone()),
        ("id", page.id.to_string()),
        ("kind", page.kind.clone()),
        ("status", page.status.clone()),
        ("site", page.site.to_string()),
        ("space", space),
        ("path", path.join(" / ")),
        ("url", page.url.clone()),
        ("leads to", page.embed_url.clone().unwrap_or_default()),
        ("version", page.version.to_string()),
        ("message", page.version_message.clone()),
        ("author", author.unwrap_or_else(unknown)),
        ("created", when::minute(page.created_at)),
        ("editor", editor.unwrap_or_else(unknown)),
        ("modified", when::minute(page.modified_at)),
        ("size", size),
        ("labels", page.labels.join(" ")),
        ("gone", gone),
        ("mirrored", when::minute(page.last_seen)),
    ] {
        if value.is_empty() {
            continue;
        }
        session.out.line(format!(
            "{} {}",
            format_args!("{name:9}").dimmed(),
            printable(&value)
        ))?;
    }
    for (construct, detail) in &page.warnings {
        let warning = format!("{construct}: {detail}");
        session
            .out
            .line(format!("{} {}", "kept as text".dimmed(), printable(&warning)))?;
    }
    Ok(())
}
