//! From nodes to lines that fit.

use std::slice;

use owo_colors::Style;
use pulldown_cmark::BlockQuoteKind;

use super::node::{Kind, Node};
use super::piece::{self, Line, Look, Piece};
use super::table;
use super::wrap::wrap;

/// Where blocks are laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// For tables and code.
    pub(super) width: usize,
    /// For text.
    pub(super) text: usize,
    /// How many tables it is within. In a table, code is cut rather than left to the terminal.
    pub(super) tables: usize,
    /// Whether words that are wider are cut.
    pub(super) cuts: bool,
    lists: usize,
}

impl Room {
    pub(super) fn new(width: usize, text: usize) -> Self {
        Self {
            width,
            text,
            tables: 0,
            cuts: true,
            lists: 0,
        }
    }

    /// What is left beside so many columns; nothing if that is nothing.
    fn beside(self, columns: usize) -> Option<Self> {
        let left = |width: usize| width.checked_sub(columns).filter(|left| *left > 0);
        if !self.cuts {
            return Some(self);
        }
        Some(Self {
            width: left(self.width)?,
            text: left(self.text)?,
            ..self
        })
    }

    /// The inside of a cell.
    pub(super) fn cell(self, width: usize) -> Self {
        Self {
            tables: self.tables + 1,
            ..Self::new(width, width)
        }
    }

    /// The inside of a cell that is as narrow as its words allow.
    pub(super) fn narrowest_cell(self) -> Self {
        Self {
            cuts: false,
            ..self.cell(1)
        }
    }

    /// In a cell, which takes its width from what it holds, a rule takes little.
    fn rule(self) -> usize {
        if self.tables > 0 { 3 } else { self.text }
    }

    fn list(self) -> Self {
        Self {
            lists: self.lists + 1,
            ..self
        }
    }
}

/// Blocks below each other, a blank line between them unless they belong together.
pub(super) fn blocks(nodes: &[Node], room: Room) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut before: Option<&Node> = None;
    for node in nodes {
        let laid_out = block(node, room);
        if laid_out.is_empty() {
            continue;
        }
        if before.is_some_and(|before| !are_close(before, node)) {
            lines.push(Line::new());
        }
        lines.extend(laid_out);
        before = Some(node);
    }
    lines
}

/// Whether the nodes stand without distance: a line of a tight list, and the list below it.
fn are_close(before: &Node, after: &Node) -> bool {
    matches!(before.kind, Kind::Plain(_)) && matches!(after.kind, Kind::Plain(_) | Kind::List(_))
}

fn block(node: &Node, room: Room) -> Vec<Line> {
    match &node.kind {
        Kind::Paragraph(line) | Kind::Plain(line) => wrapped(line, room),
        Kind::Heading(level, line) => heading(*level, line, room),
        Kind::Code { language, text } => code(language, text, room),
        Kind::Rule => vec![vec![Piece::sign("─".repeat(room.rule()), dim())]],
        Kind::Remark(text) => wrapped(&[Piece::new(text, &Look::default().and(Style::dimmed))], room),
        Kind::Quote(kind) => quote(*kind, &node.children, room),
        Kind::List(first) => list(*first, &node.children, room),
        Kind::Details(summary) => details(summary, &node.children, room),
        Kind::Table => table::table(&node.children, room),
        // What stands in its place is laid out by it; the rest is at least not lost.
        Kind::Root | Kind::Item(_) | Kind::Row | Kind::Cell(_) => blocks(&node.children, room),
    }
}

fn dim() -> Style {
    Style::new().dimmed()
}

/// The lines, each behind a sign of its own: one for the first, another for the rest. Where there is no room for
/// both, the sign gives way.
fn behind(first: &Piece, rest: &Piece, room: Room, lay_out: impl Fn(Room) -> Vec<Line>) -> Vec<Line> {
    let Some(inside) = room.beside(piece::width(slice::from_ref(first))) else {
        return lay_out(room);
    };
    let signed = lay_out(inside).into_iter().enumerate().map(|(at, line)| {
        let sign = if at == 0 { first } else { rest };
        std::iter::once(sign.clone()).chain(line).collect()
    });
    signed.collect()
}

fn wrapped(line: &[Piece], room: Room) -> Vec<Line> {
    wrap(line, room.text, room.cuts)
}

fn heading(level: usize, line: &[Piece], room: Room) -> Vec<Line> {
    let sign = Piece::sign(format!("{} ", "#".repeat(level)), dim());
    behind(&sign, &Piece::spaces(level + 1), room, |room| wrapped(line, room))
}

/// Code keeps its lines: a terminal wraps them so that they are copied whole.
fn code(language: &str, text: &str, room: Room) -> Vec<Line> {
    let look = Look::default().and(Style::cyan);
    let name = (!matches!(language, "" | "text"))
        .then(|| vec![Piece::new(language, &Look::default().and(Style::dimmed))]);
    let indent = Piece::spaces(2);
    behind(&indent, &indent, room, |room| {
        let code = text.lines().map(|line| vec![Piece::new(line, &look)]);
        let lines = name.iter().cloned().chain(code);
        if room.tables > 0 {
            lines
                .flat_map(|line| wrap(&line, room.width, room.cuts))
                .collect()
        } else {
            lines.collect()
        }
    })
}

fn quote(kind: Option<BlockQuoteKind>, children: &[Node], room: Room) -> Vec<Line> {
    let (name, style) = match kind {
        None => ("", dim()),
        Some(BlockQuoteKind::Note) => ("Note", Style::new().blue()),
        Some(BlockQuoteKind::Tip) => ("Tip", Style::new().green()),
        Some(BlockQuoteKind::Important) => ("Important", Style::new().magenta()),
        Some(BlockQuoteKind::Warning) => ("Warning", Style::new().yellow()),
        Some(BlockQuoteKind::Caution) => ("Caution", Style::new().red()),
    };
    let name = (!name.is_empty()).then(|| vec![Piece::sign(name, style.bold())]);
    let bar = Piece::sign("▌ ", style);
    behind(&bar, &bar, room, |room| {
        name.iter().cloned().chain(blocks(children, room)).collect()
    })
}

fn list(first: Option<u64>, items: &[Node], room: Room) -> Vec<Line> {
    let is_loose = |item: &Node| {
        let mut children = item.children.iter();
        children.any(|child| matches!(child.kind, Kind::Paragraph(_)))
    };
    let is_loose = items.iter().any(is_loose);
    let last = first.map(|first| first.saturating_add(items.len() as u64));
    let room_inside = room.list();
    let mut lines: Vec<Line> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let number = first.map(|first| first.saturating_add(at as u64));
        let sign = sign(item, number.zip(last), room.lists);
        let width = piece::width(slice::from_ref(&sign));
        if at > 0 && is_loose {
            lines.push(Line::new());
        }
        lines.extend(behind(&sign, &Piece::spaces(width), room_inside, |room| {
            let inside = blocks(&item.children, room);
            if inside.is_empty() {
                vec![Line::new()]
            } else {
                inside
            }
        }));
    }
    lines
}

/// What an item begins with. Numbers are as wide as the last one.
fn sign(item: &Node, number: Option<(u64, u64)>, depth: usize) -> Piece {
    const BULLETS: [&str; 3] = ["•", "◦", "▪"];
    if let Kind::Item(Some(is_done)) = item.kind {
        return if is_done {
            Piece::sign("☑ ", Style::new().green())
        } else {
            Piece::sign("☐ ", Style::new())
        };
    }
    match number {
        Some((number, last)) => {
            let width = last.saturating_sub(1).to_string().len();
            Piece::sign(format!("{number:width$}. "), dim())
        }
        None => Piece::sign(format!("{} ", BULLETS[depth.min(2)]), dim()),
    }
}

fn details(summary: &[Piece], children: &[Node], room: Room) -> Vec<Line> {
    let bold = summary
        .iter()
        .map(|piece| Piece::new(&piece.text, &piece.look.and(Style::bold)));
    let bold: Line = bold.collect();
    let indent = Piece::spaces(2);
    let mut lines = behind(&Piece::sign("▾ ", dim()), &indent, room, |room| {
        wrapped(&bold, room)
    });
    lines.extend(behind(&indent, &indent, room, |room| blocks(children, room)));
    lines
}
