//! What HTML within Markdown means.
//!
//! Blocks in HTML, such as tables, hold Markdown between blank lines. Their tags open and close nodes as Markdown's
//! own blocks do; a closing tag closes nothing outside of the block of Markdown that it stands in.

use std::mem;

use owo_colors::Style;
use pulldown_cmark::Alignment;

use super::builder::{Builder, file_name};
use super::html::{self, Attributes, Token};
use super::node::{Cell, Kind};
use super::piece::{self, Line};

impl Builder {
    pub(super) fn html(&mut self, html: &str) {
        for token in html::tokens(html) {
            match token {
                Token::Open { name, attributes } => self.open_tag(&name, &attributes),
                Token::Close(name) => self.end_tag(&name),
                Token::Text(text) => self.text(&text.replace('\n', " ")),
                Token::Comment(comment) => self.comment(&comment),
            }
        }
    }

    fn open_tag(&mut self, name: &str, attributes: &Attributes) {
        match name {
            "strong" | "b" => self.put_on(name, Style::bold),
            "em" | "i" => self.put_on(name, Style::italic),
            "del" | "s" => self.put_on(name, Style::strikethrough),
            "u" | "ins" => self.put_on(name, Style::underline),
            "kbd" | "code" | "samp" => self.put_on(name, Style::cyan),
            "sup" if !self.has_colours => self.text("^"),
            "sub" if !self.has_colours => self.text("_"),
            "sup" | "sub" | "small" => self.put_on(name, Style::dimmed),
            "a" if attributes.get("href").is_some() => {
                self.link("a", attributes.get("href").unwrap_or_default());
            }
            "img" => {
                let source = file_name(attributes.get("src").unwrap_or_default());
                let alt = attributes.get("alt").filter(|alt| !alt.is_empty());
                self.text(&format!("[image: {}]", alt.unwrap_or(&source)));
            }
            "br" => self.text("\n"),
            "p" | "div" | "summary" => self.end_line(),
            "hr" => {
                self.end_line();
                self.leaf(Kind::Rule);
            }
            "details" => self.open_html(Kind::Details(Line::new()), name),
            "table" => self.open_html(Kind::Table, name),
            "tr" => self.open_html(Kind::Row, name),
            "td" | "th" => {
                let cell = Cell {
                    is_header: name == "th",
                    columns: attributes.span("colspan"),
                    rows: attributes.span("rowspan"),
                    alignment: Alignment::None,
                };
                self.open_html(Kind::Cell(cell), name);
            }
            _ => {}
        }
    }

    fn open_html(&mut self, kind: Kind, tag: &str) {
        self.end_line();
        self.open(kind, Some(tag));
    }

    fn end_tag(&mut self, name: &str) {
        match name {
            "details" | "table" | "tr" | "td" | "th" => self.close_tag(name),
            "p" | "div" => self.end_line(),
            "summary" => {
                let line = mem::take(&mut self.line);
                match &mut self.top().kind {
                    Kind::Details(summary) => *summary = line,
                    _ => self.line = line,
                }
            }
            _ => self.take_off(name),
        }
    }

    /// A macro that Confluence fills when someone looks leaves a remark; one that holds something is what it holds.
    fn comment(&mut self, comment: &str) {
        let comment = comment.trim();
        if piece::width(&self.line) > 0 {
            return;
        }
        if comment.starts_with("/confluence:") {
            let children = &mut self.top().children;
            if let Some(at) = children
                .iter()
                .rposition(|node| matches!(node.kind, Kind::Remark(_)))
            {
                children.remove(at);
            }
        } else if let Some(name) = macro_name(comment) {
            self.end_line();
            self.leaf(Kind::Remark(format!("[{name}]")));
        }
    }
}
/// The name in `confluence:macro {"name":"toc"}`.
fn macro_name(comment: &str) -> Option<String> {
    let fields = comment.strip_prefix("confluence:macro ")?;
    let fields: serde_json::Value = serde_json::from_str(fields).ok()?;
    Some(fields.get("name")?.as_str()?.to_owned())
}
