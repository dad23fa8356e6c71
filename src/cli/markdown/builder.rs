//! Builds the tree: text into lines, lines into blocks, blocks into each other.

use std::mem;

use owo_colors::Style;
use pulldown_cmark::Alignment;

use super::node::{Kind, Node};
use super::piece::{self, Line, Look, Piece};

/// Blocks nested deeper stand in the deepest one.
const DEEPEST: usize = 40;

/// A node that is not closed yet.
struct Open {
    node: Node,
    /// The tag that opened it, if it is HTML's.
    tag: Option<String>,
}

pub(super) struct Builder {
    pub(super) has_colours: bool,
    open: Vec<Open>,
    /// How many nodes are open beyond the deepest.
    beyond: usize,
    pub(super) line: Line,
    /// The looks that apply, innermost last, each with the tag that brought it.
    looks: Vec<(String, Look)>,
    /// The code block or HTML block being read.
    pub(super) verbatim: Option<String>,
    /// How the columns of the table are aligned, and the column at hand.
    pub(super) alignments: Vec<Alignment>,
    pub(super) column: usize,
    pub(super) is_head: bool,
    /// The addresses of the images at hand, each with how wide the line was before its words.
    pub(super) images: Vec<(String, usize)>,
}

impl Builder {
    pub(super) fn new(has_colours: bool) -> Self {
        let root = Open {
            node: Node::default(),
            tag: None,
        };
        Self {
            has_colours,
            open: vec![root],
            beyond: 0,
            line: Line::new(),
            looks: Vec::new(),
            verbatim: None,
            alignments: Vec::new(),
            column: 0,
            is_head: false,
            images: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> Vec<Node> {
        self.end_line();
        self.beyond = 0;
        while self.open.len() > 1 {
            self.close();
        }
        self.open.pop().map(|root| root.node.children).unwrap_or_default()
    }
}

/// Text.
impl Builder {
    pub(super) fn look(&self) -> Look {
        self.looks
            .last()
            .map(|(_, look)| look.clone())
            .unwrap_or_default()
    }

    pub(super) fn text(&mut self, text: &str) {
        let look = self.look();
        piece::push(&mut self.line, Piece::new(text, &look));
    }

    pub(super) fn code(&mut self, code: &str) {
        let look = self.look().and(Style::cyan);
        let text = if self.has_colours {
            code.to_owned()
        } else {
            format!("`{code}`")
        };
        piece::push(&mut self.line, Piece::new(&text, &look));
    }

    pub(super) fn put_on(&mut self, tag: &str, style: impl FnOnce(Style) -> Style) {
        let look = self.look().and(style);
        self.looks.push((tag.to_owned(), look));
    }

    /// Ends the innermost look of that tag; nothing where there is none.
    pub(super) fn take_off(&mut self, tag: &str) {
        if let Some(at) = self.looks.iter().rposition(|(name, _)| name == tag) {
            self.looks.remove(at);
        }
    }

    pub(super) fn link(&mut self, tag: &str, url: &str) {
        let mut look = self.look().and(|style| style.blue().underline());
        look.link = Some(url.into());
        self.looks.push((tag.to_owned(), look));
    }

    /// Without colours there are no links: the address follows, unless it was the text.
    pub(super) fn end_link(&mut self) {
        let url = self.look().link;
        self.take_off("[");
        let Some(url) = url.filter(|_| !self.has_colours) else {
            return;
        };
        // Nor do people's names need theirs.
        let says_enough = |piece: &Piece| piece.text.ends_with(&*url) || piece.text.starts_with('@');
        if !self.line.last().is_some_and(says_enough) {
            self.text(&format!(" <{url}>"));
        }
    }

    /// An image without words is called by its file.
    pub(super) fn end_image(&mut self) {
        if let Some((url, before)) = self.images.pop()
            && piece::width(&self.line) == before
        {
            self.text(&file_name(&url));
        }
        self.text("]");
        self.take_off("!");
    }
}

/// Blocks.
impl Builder {
    pub(super) fn top(&mut self) -> &mut Node {
        if self.open.is_empty() {
            self.open.push(Open {
                node: Node::default(),
                tag: None,
            });
        }
        let last = self.open.len() - 1;
        &mut self.open[last].node
    }

    pub(super) fn leaf(&mut self, kind: Kind) {
        let children = Vec::new();
        self.top().children.push(Node { kind, children });
    }

    pub(super) fn end_block(&mut self, kind: impl FnOnce(Line) -> Kind) {
        let line = mem::take(&mut self.line);
        self.looks.clear();
        if piece::width(&line) > 0 {
            self.leaf(kind(line));
        }
    }

    /// Text that no paragraph holds becomes a block of its own.
    pub(super) fn end_line(&mut self) {
        if self.line.iter().all(|piece| piece.text.trim().is_empty()) {
            self.line.clear();
            return;
        }
        self.end_block(Kind::Plain);
    }

    pub(super) fn open(&mut self, kind: Kind, tag: Option<&str>) {
        if self.open.len() >= DEEPEST {
            self.beyond += 1;
            return;
        }
        let children = Vec::new();
        self.open.push(Open {
            node: Node { kind, children },
            tag: tag.map(str::to_owned),
        });
    }

    pub(super) fn close(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if self.open.len() > 1
            && let Some(closed) = self.open.pop()
        {
            self.top().children.push(closed.node);
        }
    }

    /// Closes the innermost block of Markdown, and the HTML that it left open.
    pub(super) fn close_markdown(&mut self) {
        while self.beyond == 0 && self.open.last().is_some_and(|open| open.tag.is_some()) {
            self.close();
        }
        self.close();
    }

    /// Closes the innermost block of that tag, unless a block of Markdown would have to be closed for it.
    pub(super) fn close_tag(&mut self, tag: &str) {
        self.end_line();
        if self.beyond > 0 {
            return self.close();
        }
        let of_html = self.open.iter().rev().take_while(|open| open.tag.is_some());
        let Some(above) = of_html
            .into_iter()
            .position(|open| open.tag.as_deref() == Some(tag))
        else {
            return;
        };
        for _ in 0..=above {
            self.close();
        }
    }
}

/// The last part of an address, as people wrote it.
pub(super) fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    percent_encoding::percent_decode_str(name)
        .decode_utf8_lossy()
        .into_owned()
}
