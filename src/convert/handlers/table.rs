//! Tables: GitHub's where every cell fits on a line, else HTML with Markdown in its cells.

use html2md::Handle;

use crate::convert::flow::{self, Block, Kind};
use crate::convert::inline::Place;
use crate::convert::pen::Pen;
use crate::convert::tree;

/// What a `colspan` or `rowspan` may claim.
const MAX_SPAN: usize = 1000;
/// How many empty cells may fill up a table's ragged rows.
const MAX_FILL: usize = 10_000;

struct Cell {
    is_header: bool,
    colspan: usize,
    rowspan: usize,
    alignment: Alignment,
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alignment {
    None,
    Left,
    Center,
    Right,
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<Cell>>,
    /// The rows that come last, wherever they stand.
    foot: Vec<Vec<Cell>>,
    /// Whether the first row stood in a `thead`.
    has_head: bool,
}

pub(super) fn table(pen: &mut Pen<'_>, node: &Handle) {
    pen.end_paragraph();
    let mut table = Table::default();
    collect(pen, node, &mut table, false);
    table.rows.append(&mut table.foot);
    table.rows.retain(|row| !row.is_empty());
    let markdown = if table.is_simple() {
        table.github()
    } else {
        table.html()
    };
    if !table.rows.is_empty() {
        pen.block(Kind::Other, markdown);
    }
}

/// Reads rows in any order of parts. What is neither row nor part comes before the table, as browsers put it.
fn collect(pen: &mut Pen<'_>, node: &Handle, table: &mut Table, is_foot: bool) {
    for part in node.children.borrow().iter() {
        match tree::name_of(part) {
            "tr" => {
                let row = row(pen, part);
                if is_foot {
                    table.foot.push(row);
                } else {
                    table.rows.push(row);
                }
            }
            "thead" => {
                table.has_head |= table.rows.is_empty();
                collect(pen, part, table, is_foot);
            }
            "tbody" => collect(pen, part, table, is_foot),
            "tfoot" => collect(pen, part, table, true),
            _ => pen.node(part),
        }
    }
}

fn row(pen: &mut Pen<'_>, node: &Handle) -> Vec<Cell> {
    let cells = node.children.borrow();
    cells.iter().filter_map(|child| cell(pen, child)).collect()
}

/// A cell. Something else in a row is one too, unless there is nothing to see in it.
fn cell(pen: &mut Pen<'_>, node: &Handle) -> Option<Cell> {
    let name = tree::name_of(node);
    let is_cell = matches!(name, "td" | "th");
    let blocks = pen.nested(true, |pen| {
        if is_cell {
            pen.children(node);
        } else {
            pen.node(node);
        }
    });
    (is_cell || !blocks.is_empty()).then(|| Cell {
        is_header: name == "th",
        colspan: span(node, "colspan"),
        rowspan: span(node, "rowspan"),
        alignment: alignment(node),
        blocks,
    })
}

fn span(node: &Handle, name: &str) -> usize {
    let span = tree::attr(node, name).and_then(|span| span.trim().parse().ok());
    span.unwrap_or(1).clamp(1, MAX_SPAN)
}

/// Old pages align the cell, Cloud the paragraph in it.
fn alignment(cell: &Handle) -> Alignment {
    let paragraph = tree::child(cell, "p");
    let style_of = |node: &Handle| {
        let style = tree::attr(node, "style")?;
        let (_, value) = style.split_once("text-align:")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_owned())
    };
    let align = style_of(cell)
        .or_else(|| tree::attr(cell, "align").map(|align| align.to_string()))
        .or_else(|| paragraph.as_ref().and_then(style_of));
    match align.as_deref() {
        Some("left") => Alignment::Left,
        Some("center") => Alignment::Center,
        Some("right") => Alignment::Right,
        _ => Alignment::None,
    }
}

impl Table {
    /// Whether GitHub's syntax can hold it.
    fn is_simple(&self) -> bool {
        let columns = self.columns();
        let missing: usize = self.rows.iter().map(|row| columns - row.len()).sum();
        missing <= MAX_FILL + self.rows.len() && self.rows.iter().flatten().all(Cell::is_simple)
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// A first row of data never becomes the header: an empty one stands before it.
    fn github(&self) -> String {
        let columns = self.columns();
        let first = self
            .rows
            .first()
            .filter(|row| self.has_head || row.iter().all(|cell| cell.is_header));
        let header = first.map(Vec::as_slice).unwrap_or_default();
        let mut lines = vec![line(header, columns, false), delimiters(header, columns)];
        lines.extend(
            self.rows
                .iter()
                .skip(usize::from(first.is_some()))
                .map(|row| line(row, columns, true)),
        );
        lines.join("\n")
    }

    fn html(&self) -> String {
        let mut out = "<table>\n".to_owned();
        for row in &self.rows {
            out.push_str("<tr>\n");
            out.extend(row.iter().map(Cell::html));
            out.push_str("</tr>\n");
        }
        out.push_str("</table>");
        out
    }
}

fn delimiters(header: &[Cell], columns: usize) -> String {
    let signs = (0..columns).map(|column| match header.get(column).map(|cell| cell.alignment) {
        Some(Alignment::Left) => " :--- |",
        Some(Alignment::Center) => " :---: |",
        Some(Alignment::Right) => " ---: |",
        _ => " --- |",
    });
    std::iter::once("|").chain(signs).collect()
}

/// One line of GitHub's table, filled up to the number of columns.
fn line(cells: &[Cell], columns: usize, is_body: bool) -> String {
    let mut out = "|".to_owned();
    for cell in cells {
        let content = cell.line(is_body);
        out.extend([" ", &content, if content.is_empty() { "|" } else { " |" }]);
    }
    out.push_str(&" |".repeat(columns - cells.len()));
    out
}

impl Cell {
    /// Whether it fits on one line.
    fn is_simple(&self) -> bool {
        let is_simple = |block: &Block| {
            matches!(
                block,
                Block::Paragraph(_)
                    | Block::Markdown {
                        kind: Kind::Comment,
                        ..
                    }
            )
        };
        self.colspan == 1 && self.rowspan == 1 && self.blocks.iter().all(is_simple)
    }

    /// The content on one line. A header among data is bold.
    fn line(&self, is_body: bool) -> String {
        let mut out = String::new();
        let mut follows_paragraph = false;
        for block in &self.blocks {
            let is_paragraph = matches!(block, Block::Paragraph(_));
            if !out.is_empty() {
                out.push_str(if is_paragraph && follows_paragraph {
                    "<br>"
                } else {
                    " "
                });
            }
            follows_paragraph |= is_paragraph;
            match block {
                Block::Paragraph(line) if self.is_header && is_body => {
                    out.push_str(&line.print_strong(Place::Cell));
                }
                Block::Paragraph(line) => out.push_str(&line.print(Place::Cell)),
                Block::Markdown { text, .. } => out.push_str(text),
            }
        }
        out
    }

    /// The content between blank lines, which make it Markdown again.
    fn html(&self) -> String {
        let tag = if self.is_header { "th" } else { "td" };
        let span = |name: &str, span: usize| {
            if span > 1 {
                format!(" {name}=\"{span}\"")
            } else {
                String::new()
            }
        };
        let spans = span("colspan", self.colspan) + &span("rowspan", self.rowspan);
        let content = flow::join(&self.blocks);
        let content = if content.is_empty() {
            content
        } else {
            format!("\n\n{content}\n\n")
        };
        format!("<{tag}{spans}>{content}</{tag}>\n")
    }
}
