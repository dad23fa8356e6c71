//! What handlers write with.

use std::cell::{Ref, RefMut};
use std::rc::Rc;

use html2md::{Handle, StructuredPrinter};

use super::flow::{self, Block, Flow, Kind};
use super::handlers;
use super::inline::{Delimiter, Mark, Target};
use super::links::{Link, Place};
use super::renderer::{Renderer, Sheet};
use super::{Warning, tree};

/// From here on quotes and lists within each other are no longer indented: each line would pay for every level.
const MAX_INDENTED: usize = 24;

/// The hand of one handler: it writes where the page is just now, and sends html2md into the children.
pub(super) struct Pen<'a> {
    renderer: &'a Renderer,
    printer: &'a mut StructuredPrinter,
}

impl<'a> Pen<'a> {
    pub(super) fn new(renderer: &'a Renderer, printer: &'a mut StructuredPrinter) -> Self {
        Self { renderer, printer }
    }
}

impl Pen<'_> {
    /// Writes what is inside of an element.
    pub(super) fn children(&mut self, node: &Handle) {
        for child in node.children.borrow().iter() {
            self.node(child);
        }
    }

    /// Writes what is inside of several elements.
    pub(super) fn all_children(&mut self, nodes: &[Handle]) {
        for node in nodes {
            self.children(node);
        }
    }

    /// Writes one node.
    pub(super) fn node(&mut self, node: &Handle) {
        match tree::name_of(node) {
            // Half of all nodes, with nothing inside: the walk would cost more than the writing.
            tree::TEXT | tree::VERBATIM => handlers::inline::text(self, node),
            name if name.contains(':') && !self.renderer.factories.contains_key(name) => {
                handlers::unknown(self, node);
            }
            _ => html2md::walk(node, self.printer, &self.renderer.factories),
        }
    }

    /// Ends the document.
    pub(super) fn finish(&mut self) {
        let flow = std::mem::take(&mut *self.flow());
        let markdown = flow::join(&flow.finish());
        self.printer.append_str(&markdown);
        if !markdown.is_empty() {
            self.printer.insert_newline();
        }
    }

    fn sheet(&self) -> RefMut<'_, Sheet> {
        self.renderer.sheet.borrow_mut()
    }

    fn flow(&self) -> RefMut<'_, Flow> {
        RefMut::map(self.sheet(), |sheet| &mut sheet.flow)
    }

    /// Where the page is.
    pub(super) fn place(&self) -> Ref<'_, Place> {
        Ref::map(self.renderer.sheet.borrow(), |sheet| &sheet.place)
    }

    /// Whether what comes is part of a paragraph, heading, item or cell.
    pub(super) fn is_inline(&self) -> bool {
        self.flow().inline_depth > 0
    }

    /// Whether what comes is in a list.
    pub(super) fn is_in_list(&self) -> bool {
        self.sheet().list_depth > 0
    }

    /// Whether what comes is the text of a link.
    pub(super) fn is_in_link(&self) -> bool {
        self.flow()
            .marks()
            .iter()
            .any(|mark| matches!(mark, Mark::Link(_)))
    }

    /// Writes text.
    pub(super) fn text(&mut self, text: &str) {
        let mut sheet = self.sheet();
        sheet.flow.line().text(text);
        sheet.words.push(text);
    }

    /// Writes a space, unless there is one.
    pub(super) fn space(&mut self) {
        self.flow().line().space();
        self.sheet().words.separate();
    }

    /// Writes a line break.
    pub(super) fn line_break(&mut self) {
        self.flow().line().line_break();
        self.sheet().words.separate();
    }

    /// Writes a code span.
    pub(super) fn code(&mut self, code: &str) {
        let mut sheet = self.sheet();
        sheet.flow.line().code(code);
        sheet.words.push(code);
    }

    /// Writes a code span that is a label of its own: it does not melt into one before it.
    pub(super) fn label(&mut self, label: &str) {
        if self.flow().line().ends_in_code() {
            self.space();
        }
        self.code(label);
    }

    /// Keeps a link apart from one directly before it.
    pub(super) fn separate_links(&mut self) {
        if self.flow().line().ends_in_link() {
            self.space();
        }
    }

    /// Writes inline Markdown that stands as it is.
    pub(super) fn finished(&mut self, markdown: &str) {
        self.flow().line().finished(markdown);
    }

    /// Writes a comment at the end of the paragraph.
    pub(super) fn note(&mut self, comment: String) {
        self.flow().line().note(comment);
    }

    /// Writes a comment at the end of the paragraph that is open, else on a line of its own.
    pub(super) fn remark(&mut self, comment: String) {
        if self.is_inline() {
            self.note(comment);
        } else {
            self.block(Kind::Comment, comment);
        }
    }

    /// Writes blocks between two comments.
    pub(super) fn framed(&mut self, before: String, after: String, write: impl FnOnce(&mut Self)) {
        self.blocks(|pen| {
            pen.block(Kind::Comment, before);
            write(pen);
            pen.block(Kind::Comment, after);
        });
    }

    /// Tells the index of words that are not written as text.
    pub(super) fn index(&mut self, words: &str) {
        self.sheet().words.push_lines(words);
    }

    /// Writes with a mark around.
    pub(super) fn marked(&mut self, mark: &Mark, write: impl FnOnce(&mut Self)) {
        let is_new = self.flow().open(mark);
        write(self);
        if is_new {
            self.flow().close();
        }
    }

    /// Writes in bold.
    pub(super) fn strong(&mut self, write: impl FnOnce(&mut Self)) {
        self.marked(&Mark::Delimited(Delimiter::Strong), write);
    }

    /// Writes the text of a link to `url`, which the link table knows as `link`. Within another link it is only text.
    pub(super) fn linked(&mut self, url: String, title: &str, link: Link, write: impl FnOnce(&mut Self)) {
        if self.is_in_link() {
            return write(self);
        }
        let target = Rc::new(Target {
            url,
            title: title.to_owned(),
            ..Target::default()
        });
        let mark = Mark::Link(Rc::clone(&target));
        self.keep_link(link);
        self.marked(&mark, write);
        if !target.is_shown.get() {
            self.unseen_link(&target.url);
        }
    }

    /// Writes a link that nobody can see, where nothing can carry it.
    pub(super) fn unseen_link(&mut self, url: &str) {
        self.finished(&format!("[]({url})"));
    }

    /// Writes a paragraph of its own.
    pub(super) fn paragraph(&mut self, write: impl FnOnce(&mut Self)) {
        self.end_paragraph();
        self.flow().inline_depth += 1;
        write(self);
        let mut sheet = self.sheet();
        sheet.flow.inline_depth = sheet.flow.inline_depth.saturating_sub(1);
        drop(sheet);
        self.end_paragraph();
    }

    /// Writes into the paragraph that is open, else into one of its own.
    pub(super) fn in_paragraph(&mut self, write: impl FnOnce(&mut Self)) {
        if self.is_inline() {
            write(self);
        } else {
            self.paragraph(write);
        }
    }

    /// Writes blocks that are a sequence of their own, apart from the paragraph before and after.
    pub(super) fn blocks(&mut self, write: impl FnOnce(&mut Self)) {
        self.end_paragraph();
        let depth = std::mem::take(&mut self.flow().inline_depth);
        write(self);
        self.end_paragraph();
        self.flow().inline_depth = depth;
    }

    /// Ends the paragraph.
    pub(super) fn end_paragraph(&mut self) {
        let mut sheet = self.sheet();
        sheet.flow.end_paragraph();
        sheet.words.end_line();
    }

    /// Writes a block.
    pub(super) fn block(&mut self, kind: Kind, text: String) {
        self.flow().push(kind, text);
        self.end_paragraph();
    }

    /// Writes into a flow of its own. `is_inline` tells whether bare content there counts as part of a paragraph.
    pub(super) fn nested(&mut self, is_inline: bool, write: impl FnOnce(&mut Self)) -> Vec<Block> {
        self.end_paragraph();
        let inner = Flow::within(self.flow().marks(), usize::from(is_inline));
        let outer = std::mem::replace(&mut *self.flow(), inner);
        self.sheet().flow_depth += 1;
        write(self);
        self.sheet().flow_depth -= 1;
        self.end_paragraph();
        std::mem::replace(&mut *self.flow(), outer).finish()
    }

    /// What to put before the lines of a quote or an item here.
    pub(super) fn prefix<'p>(&self, prefix: &'p str) -> &'p str {
        if self.sheet().flow_depth < MAX_INDENTED {
            prefix
        } else {
            ""
        }
    }

    /// Writes into a list.
    pub(super) fn listed<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.sheet().list_depth += 1;
        let written = write(self);
        self.sheet().list_depth -= 1;
        written
    }

    /// Keeps a link for the link table.
    pub(super) fn keep_link(&mut self, link: Link) {
        self.sheet().links.push(link);
    }

    /// Reports what could not be carried over whole.
    pub(super) fn warn(&mut self, construct: String, detail: &str) {
        self.sheet().warnings.push(Warning {
            construct,
            detail: detail.to_owned(),
        });
    }
}
