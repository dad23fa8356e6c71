//! A page as a Markdown file: YAML about it, its title, its text, its comments.

use std::fmt::Write as _;

use url::Url;

use crate::model::{SpaceKey, Timestamp};
use crate::store::{ExportComment, ExportPage};

use super::Attached;
use super::links::escaped;
use super::threads;

/// Deeper answers stay at this depth.
const DEEPEST_QUOTE: usize = 6;

/// The file. The texts of page and comments have their links set already.
pub(super) fn markdown(page: &ExportPage, attached: &[Attached]) -> String {
    let attachments: Vec<&str> = attached.iter().map(|file| file.path.as_str()).collect();
    let mut out = front_matter(page, &attachments);
    let body = &page.page.markdown;
    let _ = write!(out, "\n# {}\n", escaped(&page.page.title));
    if !body.is_empty() {
        let _ = write!(out, "\n{}\n", body.trim_end());
    }
    if !page.comments.is_empty() {
        out.push_str("\n---\n\n## Comments\n");
    }
    for (depth, comment) in threads::in_order(&page.comments) {
        let quote = "> ".repeat(depth.min(DEEPEST_QUOTE));
        let heading = format!(
            "**{}**, {}{}",
            escaped(author(comment)),
            minute(comment.created_at),
            remark(comment)
        );
        let text = format!("{heading}\n\n{}", comment.markdown.trim_end());
        out.push('\n');
        for line in text.lines() {
            let _ = writeln!(out, "{}", format!("{quote}{line}").trim_end());
        }
    }
    out
}

/// A link that is its own text. What is no address of the web is text alone.
pub(super) fn link(target: &str) -> String {
    let is_of_the_web = Url::parse(target).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let is_plain = !target.contains(['<', '>', '\\']) && !target.contains(char::is_whitespace);
    if is_of_the_web && is_plain {
        format!("<{target}>\n")
    } else {
        format!("{}\n", escaped(target))
    }
}

/// Who wrote a comment.
pub(super) fn author(comment: &ExportComment) -> &str {
    comment.author.as_deref().unwrap_or("a deleted account")
}

/// An instant, for people.
pub(super) fn minute(at: Timestamp) -> String {
    at.as_utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// What else is to be said about a comment.
pub(super) fn remark(comment: &ExportComment) -> String {
    let on = if comment.kind == "inline" {
        ", on the text"
    } else {
        ""
    };
    let state = if matches!(comment.status.as_str(), "" | "current" | "open") {
        String::new()
    } else {
        format!(", {}", comment.status)
    };
    format!("{on}{state}")
}

fn front_matter(page: &ExportPage, attachments: &[&str]) -> String {
    let view = &page.page;
    let path: Vec<&str> = view
        .ancestors
        .iter()
        .map(|ancestor| ancestor.title.as_str())
        .collect();
    let labels: Vec<&str> = view.labels.iter().map(String::as_str).collect();
    let optional = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    let fields = [
        ("id", quoted(view.id.as_str())),
        ("title", quoted(&view.title)),
        ("site", quoted(view.site.as_str())),
        ("space", optional(view.space_key.as_ref().map(SpaceKey::as_str))),
        ("path", list(&path)),
        ("kind", quoted(&view.kind)),
        ("status", quoted(&view.status)),
        ("version", view.version.to_string()),
        ("author", optional(view.author.as_deref())),
        ("editor", optional(view.editor.as_deref())),
        ("created", view.created_at.to_string()),
        ("modified", view.modified_at.to_string()),
        ("url", quoted(&view.url)),
        ("labels", list(&labels)),
        ("comments", page.comments.len().to_string()),
        ("attachments", list(attachments)),
        // Obsidian finds a note by its aliases: the file name has the id in it.
        ("aliases", list(&[&view.title])),
        ("tags", list(&labels)),
    ];
    let mut out = "---\n".to_owned();
    for (name, value) in fields {
        let _ = writeln!(out, "{name}: {value}");
    }
    if let Some(target) = &view.embed_url {
        let _ = writeln!(out, "embed_url: {}", quoted(target));
    }
    out.push_str("---\n");
    out
}

fn list(texts: &[impl AsRef<str>]) -> String {
    let items: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A YAML string: JSON's, with everything escaped that YAML does not count among the printable.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
