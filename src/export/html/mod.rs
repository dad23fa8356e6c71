//! Pages for a browser: one file each, one stylesheet for all, no script, and nothing from any host.

mod body;
mod frame;
mod indexes;
mod tags;

use std::fmt::Write as _;

use crate::model::SpaceKey;
use crate::store::{Ancestor, ExportPage, Whereabouts};

use super::dialect::Outline;
use super::document::{author, minute, remark};
use super::links::Atlas;
use super::places::{of_register, relative};
use super::{Attached, Error, threads};

use frame::Frame;
pub(super) use frame::STYLESHEET;
pub(super) use indexes::{Holdings, of_everything, of_space};

/// The stylesheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// What hangs under a page is listed below it as far as this; the register of the space has all of it.
const MOST_BELOW: usize = 200;

/// The file of a page at `path`. The texts in it have their links set already.
pub(super) fn page(
    atlas: &Atlas<'_>,
    page: &ExportPage,
    path: &str,
    attached: &[Attached],
) -> Result<String, Error> {
    let view = &page.page;
    let outline = Outline::of(&view.title, &view.markdown);
    let mut main = format!(
        "<h1 id=\"{}\">{}</h1>\n",
        escaped(outline.title_slug()),
        escaped(&view.title)
    );
    about(page, &mut main);
    let text = body::html(&view.markdown, Some(&outline));
    let _ = writeln!(main, "<article>\n{}\n</article>", text.trim_end());
    files(attached, path, &mut main);
    comments(page, &mut main);
    below(atlas, page, path, &mut main)?;
    let space = view.space_key.as_ref().map_or("", SpaceKey::as_str);
    let frame = Frame {
        path,
        title: &format!("{} · {space}", view.title),
        way: &way(atlas, page, path)?,
    };
    Ok(frame.around(&main))
}

/// The links to what the page hangs under, from the very top.
fn way(atlas: &Atlas<'_>, page: &ExportPage, path: &str) -> Result<String, Error> {
    let view = &page.page;
    let index = format!("{}/index.html", atlas.places.of_space(&view.space_id));
    let space = view.space_key.as_ref().map_or("?", SpaceKey::as_str);
    let mut way = format!(
        "{}{}",
        link(&relative(path, "index.html"), "All spaces"),
        link(&relative(path, &index), space)
    );
    for Ancestor { id, title } in &view.ancestors {
        match atlas.place(id)? {
            Some(place) => way.push_str(&link(&relative(path, &place), title)),
            None => drop(write!(way, "<span>{}</span>", escaped(title))),
        }
    }
    Ok(way)
}

/// Who, when, what kind, which labels.
fn about(page: &ExportPage, out: &mut String) {
    let view = &page.page;
    let mut facts = Vec::new();
    match view.kind.as_str() {
        "page" => {}
        "blogpost" => facts.push("Blog post".to_owned()),
        kind => facts.push(escaped(kind)),
    }
    if view.status != "current" {
        facts.push(format!("<strong>{}</strong>", escaped(&view.status)));
    }
    facts.push(format!(
        "Written by {} on {}",
        escaped(view.author.as_deref().unwrap_or("a deleted account")),
        time(view.created_at)
    ));
    if view.version > 1 {
        facts.push(format!(
            "version {} by {} on {}",
            view.version,
            escaped(view.editor.as_deref().unwrap_or("a deleted account")),
            time(view.modified_at)
        ));
    }
    facts.push(format!(
        "<a class=\"away\" href=\"{}\">On the site</a>",
        escaped(&view.url)
    ));
    let _ = writeln!(out, "<p class=\"about\">{}</p>", facts.join(" · "));
    if view.labels.is_empty() {
        return;
    }
    let labels: Vec<String> = view
        .labels
        .iter()
        .map(|label| format!("<li>{}</li>", escaped(label)))
        .collect();
    let _ = writeln!(out, "<ul class=\"labels\">{}</ul>", labels.concat());
}

fn files(attached: &[Attached], path: &str, out: &mut String) {
    if attached.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Attachments</h2>\n<ul class=\"files\">\n");
    for file in attached {
        let address = relative(path, &file.path);
        let name = if body::is_drawing(&file.path) {
            format!("{}{}", escaped(&file.title), body::drawing(&address))
        } else {
            link(&address, &file.title)
        };
        let size = bytesize::ByteSize(file.size).display().iec();
        let _ = writeln!(out, "<li>{name} <small>{size}</small></li>");
    }
    out.push_str("</ul>\n</section>\n");
}

fn comments(page: &ExportPage, out: &mut String) {
    /// Deeper answers stand no further to the right.
    const DEEPEST: usize = 6;
    if page.comments.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Comments</h2>\n");
    for (depth, comment) in threads::in_order(&page.comments) {
        let _ = writeln!(
            out,
            "<article class=\"comment depth-{}\">\n<p class=\"about\"><strong>{}</strong>, {}{}</p>\n{}</article>",
            depth.min(DEEPEST),
            escaped(author(comment)),
            time(comment.created_at),
            escaped(&remark(comment)),
            body::html(&comment.markdown, None)
        );
    }
    out.push_str("</section>\n");
}

fn below(atlas: &Atlas<'_>, page: &ExportPage, path: &str, out: &mut String) -> Result<(), Error> {
    let view = &page.page;
    let mut below = atlas.below(&view.space_id, Some(&view.id), MOST_BELOW + 1)?;
    if below.is_empty() {
        return Ok(());
    }
    out.push_str("<section>\n<h2>Below this page</h2>\n<ul class=\"below\">\n");
    let is_cut = below.len() > MOST_BELOW;
    below.truncate(MOST_BELOW);
    for child in &below {
        let _ = writeln!(out, "<li>{}</li>", named(atlas, child, path));
    }
    if is_cut {
        let register = of_register(&atlas.places.of_space(&view.space_id), 1);
        let more = link(&relative(path, &register), "… and more: all pages of the space");
        let _ = writeln!(out, "<li>{more}</li>");
    }
    out.push_str("</ul>\n</section>\n");
    Ok(())
}

/// A link to content, and what it is unless it is a page.
fn named(atlas: &Atlas<'_>, page: &Whereabouts, from: &str) -> String {
    let link = link(&relative(from, &atlas.places.of_page(page)), &page.title);
    match page.kind.as_str() {
        "page" => link,
        "blogpost" => format!("{link} <small>blog post</small>"),
        kind => format!("{link} <small>{}</small>", escaped(kind)),
    }
}

fn link(address: &str, text: &str) -> String {
    let text = if text.trim().is_empty() {
        "(untitled)"
    } else {
        text
    };
    format!("<a href=\"{}\">{}</a>", escaped(address), escaped(text))
}

fn time(at: crate::model::Timestamp) -> String {
    format!("<time datetime=\"{at}\">{}</time>", minute(at))
}

/// Text of the site, for between tags and for attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
