//! From Markdown to a tree of nodes.

use owo_colors::Style;
use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::builder::Builder;
use super::node::{Cell, Kind, Node};
use super::piece;

/// The blocks of a text. Without colours, code keeps its ticks, and addresses are written out.
pub(super) fn parse(markdown: &str, has_colours: bool) -> Vec<Node> {
    let dialect = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut builder = Builder::new(has_colours);
    for event in Parser::new_ext(markdown, dialect) {
        builder.take(event);
    }
    builder.finish()
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) if self.verbatim.is_some() => {
                self.verbatim.get_or_insert_default().push_str(&text);
            }
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.code(&code),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Rule => {
                self.end_line();
                self.leaf(Kind::Rule);
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            Event::TaskListMarker(is_done) => {
                if let Kind::Item(state) = &mut self.top().kind {
                    *state = Some(is_done);
                }
            }
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.put_on("*", Style::italic),
            Tag::Strong => self.put_on("**", Style::bold),
            Tag::Strikethrough => self.put_on("~~", Style::strikethrough),
            Tag::Link { dest_url, .. } => self.link("[", &dest_url),
            Tag::Image { dest_url, .. } => {
                self.link("!", &dest_url);
                self.text("[image: ");
                self.images
                    .push((dest_url.into_string(), piece::width(&self.line)));
            }
            block => {
                self.end_line();
                self.start_block(block);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.put_on("#", Style::bold),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.leaf(Kind::Code {
                    language,
                    text: String::new(),
                });
                self.verbatim = Some(String::new());
            }
            Tag::HtmlBlock => self.verbatim = Some(String::new()),
            Tag::BlockQuote(kind) => self.open(Kind::Quote(kind), None),
            Tag::List(first) => self.open(Kind::List(first), None),
            Tag::Item => self.open(Kind::Item(None), None),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.open(Kind::Table, None);
            }
            Tag::TableHead | Tag::TableRow => {
                self.is_head = tag == Tag::TableHead;
                self.column = 0;
                self.open(Kind::Row, None);
            }
            Tag::TableCell => {
                let alignment = self.alignments.get(self.column).copied();
                self.column += 1;
                let cell = Cell {
                    is_header: self.is_head,
                    columns: 1,
                    rows: 1,
                    alignment: alignment.unwrap_or(Alignment::None),
                };
                self.open(Kind::Cell(cell), None);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.take_off("*"),
            TagEnd::Strong => self.take_off("**"),
            TagEnd::Strikethrough => self.take_off("~~"),
            TagEnd::Link => self.end_link(),
            TagEnd::Image => self.end_image(),
            TagEnd::Paragraph => self.end_block(Kind::Paragraph),
            TagEnd::Heading(level) => {
                self.take_off("#");
                self.end_block(|line| Kind::Heading(level as usize, line));
            }
            TagEnd::CodeBlock => {
                let code = self.verbatim.take().unwrap_or_default();
                if let Some(Node {
                    kind: Kind::Code { text, .. },
                    ..
                }) = self.top().children.last_mut()
                {
                    *text = code;
                }
            }
            TagEnd::HtmlBlock => {
                let html = self.verbatim.take().unwrap_or_default();
                self.html(&html);
                self.end_line();
            }
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell => {
                self.end_line();
                self.close_markdown();
            }
            _ => {}
        }
    }
}
