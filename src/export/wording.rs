//! Pages as files: what they hold and where they go, however things are in the folder.

use std::sync::mpsc::SyncSender;

use crate::store::{ExportFile, ExportPage, Whereabouts};

use super::folder::Content;
use super::html;
use super::keeper::File;
use super::links::Atlas;
use super::manifest::{Key, Of};
use super::saved::Saved;
use super::{Attached, Error, Format, Options, document};

/// Pages that are read at once.
const BATCH: usize = 50;

/// A page as files.
pub(super) struct Worded {
    pub(super) key: Key,
    /// Its own, then its attachments'.
    pub(super) files: Vec<File>,
    /// Attachments whose files the mirror does not have.
    pub(super) missing: u64,
    /// The paths of those that it ought to have.
    pub(super) lost: Vec<String>,
}

/// Puts the pages of a site into words, in the order of their ids, for as long as somebody takes them.
pub(super) fn word_all(
    options: &Options,
    atlas: &Atlas<'_>,
    worded: &SyncSender<Result<Worded, Error>>,
) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let pages = atlas
            .reader
            .export_pages(atlas.site, atlas.scope, &after, BATCH)?;
        let Some(last) = pages.last() else {
            return Ok(());
        };
        last.page.id.as_str().clone_into(&mut after);
        for page in pages {
            if worded.send(Ok(word(options, atlas, page)?)).is_err() {
                return Ok(());
            }
        }
    }
}

fn word(options: &Options, atlas: &Atlas<'_>, mut page: ExportPage) -> Result<Worded, Error> {
    if !options.comments {
        page.comments.clear();
    }
    if let Some(target) = &page.page.embed_url {
        // A smart link says nothing else.
        page.page.markdown = document::link(target);
    }
    let path = atlas.places.of_page(&whereabouts(&page));
    let mut worded = Worded {
        key: Key::of(atlas.site, Of::Page, page.page.id.as_str()),
        files: Vec::new(),
        missing: 0,
        lost: Vec::new(),
    };
    let attached = attachments(atlas, &page, &path, &mut worded);
    let text = text(options.format, atlas, &mut page, &path, &attached)?;
    let file = File {
        content: Content::Text(text),
        saved: Some(Saved::of_page(&page)),
        path,
    };
    worded.files.insert(0, file);
    Ok(worded)
}

/// The text of a page's own file.
fn text(
    format: Format,
    atlas: &Atlas<'_>,
    page: &mut ExportPage,
    path: &str,
    attached: &[Attached],
) -> Result<String, Error> {
    let body = atlas.relinked(&page.page.markdown, page, path)?;
    let comments: Result<Vec<String>, _> = page
        .comments
        .iter()
        .map(|comment| atlas.relinked(&comment.markdown, page, path))
        .collect();
    page.page.markdown = body;
    for (comment, markdown) in page.comments.iter_mut().zip(comments?) {
        comment.markdown = markdown;
    }
    match format {
        Format::Markdown => Ok(document::markdown(page, attached)),
        Format::Html => html::page(atlas, page, path, attached),
    }
}

/// The attachments of the page at `page_path`, as far as the mirror has their files, which go to `worded`.
fn attachments(atlas: &Atlas<'_>, page: &ExportPage, page_path: &str, worded: &mut Worded) -> Vec<Attached> {
    let mut attached = Vec::new();
    for attachment in &page.attachments {
        let path = atlas.places.of_attachment(page_path, attachment);
        if let Some(content) = blob(atlas, attachment) {
            attached.push(Attached {
                title: attachment.title.clone(),
                size: attachment.size,
                path: path.clone(),
            });
            worded.files.push(File {
                path,
                content,
                saved: Some(Saved::of_attachment(attachment, page)),
            });
        } else {
            worded.missing += 1;
            if attachment.sha256.is_some() {
                worded.lost.push(path);
            }
        }
    }
    attached
}

fn whereabouts(page: &ExportPage) -> Whereabouts {
    Whereabouts {
        id: page.page.id.clone(),
        kind: page.page.kind.clone(),
        title: page.page.title.clone(),
        space_id: page.page.space_id.clone(),
        ancestors: page.page.ancestors.clone(),
    }
}

/// What the file of an attachment holds, if the mirror has it.
fn blob(atlas: &Atlas<'_>, attachment: &ExportFile) -> Option<Content> {
    Some(Content::Blob {
        path: atlas.blob(attachment)?,
        sha256: attachment.sha256.clone()?,
    })
}
