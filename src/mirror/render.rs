//! From content to what is written of it: Markdown, words for the index, links, warnings.

use std::sync::{Mutex, PoisonError};

use tokio::task::spawn_blocking;

use crate::convert::{self, PageContext, Rendered};
use crate::model::{AccountId, AnnexDetail, Body, Content, ContentId, SpaceKey};
use crate::store::{AnnexWrite, ContentWrite, LinkRow, LinkTarget, Rendering};

use super::Error;
use super::homes::Placed;

/// A body takes thirty times its bytes while it is rendered, one of 2 MB 60 MB. So those that are as large as this are
/// rendered one at a time, whichever connections and listings they are of.
const LARGE: usize = 256 << 10;
static TURN: Mutex<()> = Mutex::new(());

/// Renders one page. Content without a body keeps what the mirror has of it.
pub(super) fn render(content: Content, space_key: &str, wiki_url: &str) -> ContentWrite {
    let page = PageContext {
        wiki_url,
        space_key,
        page_id: content.id.as_str(),
    };
    let rendering = rendering(content.body.as_ref(), &page);
    ContentWrite::new(content, rendering)
}

/// Renders comments in their places; attachments have nothing to render.
pub(super) async fn rendered(placed: Vec<Placed>, wiki_url: String) -> Result<Vec<AnnexWrite>, Error> {
    if placed.is_empty() {
        return Ok(Vec::new());
    }
    let render = move || {
        placed
            .into_iter()
            .map(|placed| annex_write(placed, &wiki_url))
            .collect()
    };
    spawn_blocking(render).await.map_err(Error::Render)
}

fn annex_write(placed: Placed, wiki_url: &str) -> AnnexWrite {
    let Placed { annex, page, space } = placed;
    let rendering = match &annex.detail {
        AnnexDetail::Comment(comment) => rendering(
            comment.body.as_ref(),
            &PageContext {
                wiki_url,
                space_key: space.as_ref().map_or("", SpaceKey::as_str),
                page_id: page.as_str(),
            },
        ),
        AnnexDetail::Attachment(_) => Rendering::default(),
    };
    AnnexWrite {
        annex,
        page,
        rendering,
    }
}

/// What is written of a body.
pub(super) fn rendering(body: Option<&Body>, page: &PageContext<'_>) -> Rendering {
    let Rendered {
        markdown,
        text,
        links,
        warnings,
    } = body.map_or_else(Rendered::default, |body| convert(body, page));
    Rendering {
        markdown,
        text,
        renderer: convert::RENDERER_VERSION,
        links: links.into_iter().map(link_row).collect(),
        warnings: warnings
            .into_iter()
            .map(|warning| (warning.construct, warning.detail))
            .collect(),
    }
}

fn convert(body: &Body, page: &PageContext<'_>) -> Rendered {
    let _turn = (body.as_str().len() >= LARGE).then(|| {
        // Nothing is kept behind it that could be half done.
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    });
    convert::render(body, page)
}

fn link_row(link: convert::Link) -> LinkRow {
    LinkRow {
        target: link_target(link.target),
        written: link.written,
        anchor: link.anchor,
    }
}

fn link_target(target: convert::LinkTarget) -> LinkTarget {
    match target {
        convert::LinkTarget::Page { space_key, title } => LinkTarget::Page {
            space_key: SpaceKey::new(space_key),
            title,
        },
        // The day is in the address.
        convert::LinkTarget::BlogPost { space_key, title, .. } => LinkTarget::BlogPost {
            space_key: SpaceKey::new(space_key),
            title,
        },
        convert::LinkTarget::PageId(id) => LinkTarget::PageId(ContentId::new(id)),
        convert::LinkTarget::User(id) => LinkTarget::User(AccountId::new(id)),
        convert::LinkTarget::Attachment { holder, name } => LinkTarget::Attachment {
            holder: holder.map(|holder| Box::new(link_target(*holder))),
            name,
        },
        convert::LinkTarget::Space(key) => LinkTarget::Space(SpaceKey::new(key)),
        convert::LinkTarget::External(url) => LinkTarget::External(url),
    }
}
