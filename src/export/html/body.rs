//! A text as HTML that a browser shows and never obeys.
//!
//! The parser's own writer makes the HTML. What goes to it has been looked at before: tags pass the [`Gate`], links
//! lead only where a link may lead, and images come from this very folder, so that nothing is asked of any host.

use std::collections::VecDeque;

use pulldown_cmark::{BlockQuoteKind, CowStr, Event, LinkType, Parser, Tag, TagEnd, html};
use url::{ParseError, Url};

use crate::export::dialect::{DIALECT, Outline};

use super::escaped;
use super::tags::{FRAME, Gate};

/// What a link may do when somebody follows it: open a page, fetch a file, or begin a letter or a call.
const SCHEMES: [&str; 6] = ["http", "https", "ftp", "ftps", "mailto", "tel"];

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    /// To a file of the export, or to a place in this one.
    Here,
    /// Elsewhere, if somebody wants to go there.
    Away,
    /// Nowhere that a page may lead to.
    Nowhere,
}

/// Only what the parser found whole was set to lead into the folder: a reference elsewhere in the text was not.
fn leads(address: &str, link_type: LinkType) -> Leads {
    let is_whole = matches!(link_type, LinkType::Inline | LinkType::Autolink);
    match Url::parse(address) {
        _ if link_type == LinkType::Email => Leads::Away,
        Ok(url) if SCHEMES.contains(&url.scheme()) => Leads::Away,
        Err(ParseError::RelativeUrlWithoutBase) if is_whole && is_below(address) => Leads::Here,
        _ => Leads::Nowhere,
    }
}

/// Whether a relative address stays on whatever it is opened from: `//host/x` and `\\host\x` do not.
fn is_below(address: &str) -> bool {
    !address
        .trim_start_matches(|c: char| c <= ' ')
        .starts_with(['/', '\\'])
}

/// A drawing: in a page of its own, a browser would run what is in it.
pub(super) fn is_drawing(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.to_ascii_lowercase().ends_with(".svg")
}

/// The text as HTML. Its headings can be linked to where it is known what they are called.
pub(super) fn html(markdown: &str, outline: Option<&Outline>) -> String {
    let mut writer = Writer {
        slugs: outline.map(Outline::slugs).unwrap_or_default(),
        ..Writer::default()
    };
    writer.gate.has_places = outline.is_some();
    for event in Parser::new_ext(markdown, DIALECT) {
        writer.event(event);
    }
    let end = writer.gate.close();
    writer.raw(end);
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut out, writer.out.into_iter());
    classed(&out)
}

/// Cells that are aligned by class: styles of their own would need a policy that lets pages style themselves. What
/// stands in a text begins with no `<`.
fn classed(html: &str) -> String {
    let mut out = html.to_owned();
    for cell in ["td", "th"] {
        for side in ["left", "center", "right"] {
            let styled = format!("<{cell} style=\"text-align: {side}\">");
            if out.contains(&styled) {
                out = out.replace(&styled, &format!("<{cell} class=\"{side}\">"));
            }
        }
    }
    out
}

#[derive(Default)]
struct Writer<'m> {
    gate: Gate,
    /// What the headings are called that are still to come.
    slugs: VecDeque<String>,
    /// The block of HTML that is being read.
    block: Option<String>,
    /// With what each open link or image ends; nothing where it ends as the parser's writer ends it.
    ends: Vec<Option<String>>,
    out: Vec<Event<'m>>,
}

impl<'m> Writer<'m> {
    fn raw(&mut self, html: impl Into<CowStr<'m>>) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    fn event(&mut self, event: Event<'m>) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                if let Some(block) = &mut self.block {
                    block.push_str(&html);
                } else {
                    let passed = self.gate.pass(&html);
                    self.raw(passed);
                }
            }
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            other => self.out.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'m>) {
        match tag {
            Tag::HtmlBlock => self.block = Some(String::new()),
            Tag::Heading { level, .. } => {
                let id = self.slugs.pop_front().map(CowStr::from);
                let (classes, attrs) = (Vec::new(), Vec::new());
                self.out.push(Event::Start(Tag::Heading {
                    level,
                    id,
                    classes,
                    attrs,
                }));
            }
            Tag::Table(_) => {
                self.raw(FRAME.0);
                self.out.push(Event::Start(tag));
            }
            Tag::BlockQuote(Some(kind)) => {
                self.out.push(Event::Start(tag));
                self.raw(format!("<p class=\"kind\">{}</p>\n", called(kind)));
            }
            Tag::Link {
                link_type,
                ref dest_url,
                ..
            } => {
                let leads = leads(dest_url, link_type);
                let is_inside = !self.ends.is_empty();
                let end = match leads {
                    Leads::Here if is_drawing(dest_url) && !is_inside => Some(drawing(dest_url)),
                    _ if is_inside => Some(String::new()),
                    Leads::Nowhere => Some(String::new()),
                    Leads::Here | Leads::Away => None,
                };
                self.open(end, tag);
            }
            Tag::Image {
                link_type,
                ref dest_url,
                ..
            } => match leads(dest_url, link_type) {
                Leads::Here => self.open(None, tag),
                // Shown, it would be asked of its host.
                Leads::Away if self.ends.is_empty() => {
                    let link = format!("<a class=\"away\" href=\"{}\">", escaped(dest_url));
                    self.raw(link);
                    self.open(Some("</a>".to_owned()), tag);
                }
                _ => self.open(Some(String::new()), tag),
            },
            other => self.out.push(Event::Start(other)),
        }
    }

    fn open(&mut self, end: Option<String>, tag: Tag<'m>) {
        match (&end, &tag) {
            (None, _) => self.out.push(Event::Start(tag)),
            (Some(_), Tag::Image { .. }) => self.raw("image: "),
            _ => {}
        }
        self.ends.push(end);
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::HtmlBlock => {
                let block = self.block.take().unwrap_or_default();
                let passed = self.gate.pass(&block);
                self.raw(passed);
            }
            TagEnd::Link | TagEnd::Image => match self.ends.pop().flatten() {
                Some(text) => self.raw(text),
                None => self.out.push(Event::End(end)),
            },
            TagEnd::Table => {
                self.out.push(Event::End(end));
                self.raw(FRAME.1);
            }
            other => {
                if matches!(
                    other,
                    TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::TableCell | TagEnd::Item
                ) {
                    let marks = self.gate.end_marks();
                    self.raw(marks);
                }
                self.out.push(Event::End(other));
            }
        }
    }
}

/// What a drawing is shown as, behind the text that links to it.
pub(super) fn drawing(address: &str) -> String {
    format!(" <img src=\"{}\" alt=\"\">", escaped(address))
}

fn called(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "Note",
        BlockQuoteKind::Tip => "Tip",
        BlockQuoteKind::Important => "Important",
        BlockQuoteKind::Warning => "Warning",
        BlockQuoteKind::Caution => "Caution",
    }
}

#[cfg(test)]
mod tests;
