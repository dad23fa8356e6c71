//! Tables: columns that fit, or one record below the other where they cannot.

use std::slice;

use owo_colors::Style;
use pulldown_cmark::Alignment;

use super::layout::{self, Room};
use super::node::{Cell, Kind, Node};
use super::piece::{self, Line, Piece};
use super::wrap::wrap;

/// Between two columns.
const GAP: &str = " │ ";
const GAP_WIDTH: usize = 3;
/// A longer word is rather cut than given a column of its own width.
const LONGEST_WORD: usize = 24;
/// Tables in tables in tables: every level measures what is below it, twice.
const DEEPEST: usize = 3;
/// More columns than any screen shows.
const MOST_COLUMNS: usize = 100;
/// A cell as it is when nothing limits it.
const UNLIMITED: usize = 10_000;

/// A cell in its place.
struct Placed<'a> {
    column: usize,
    cell: Cell,
    children: &'a [Node],
}

impl Placed<'_> {
    fn lines(&self, room: Room) -> Vec<Line> {
        let mut lines = layout::blocks(self.children, room);
        if self.cell.is_header {
            let bold = |piece: &mut Piece| piece.look = piece.look.and(Style::bold);
            lines.iter_mut().flatten().for_each(bold);
        }
        lines
    }

    fn width(&self, room: Room) -> usize {
        let lines = self.lines(room);
        lines.iter().map(|line| piece::width(line)).max().unwrap_or(0)
    }
}

type Grid<'a> = Vec<Vec<Placed<'a>>>;

pub(super) fn table(rows: &[Node], room: Room) -> Vec<Line> {
    let grid = placed(rows);
    let columns = grid
        .iter()
        .flatten()
        .map(|cell| cell.column + cell.cell.columns)
        .max();
    let Some(columns) = columns else {
        return Vec::new();
    };
    let widths = (room.tables < DEEPEST && columns <= MOST_COLUMNS)
        .then(|| widths(&grid, columns, room))
        .flatten();
    match widths {
        Some(widths) => in_columns(&grid, &widths, room),
        None => as_records(&grid, room),
    }
}

/// The cells where they stand, beside those that reach down from above. A header without words is left out.
fn placed(rows: &[Node]) -> Grid<'_> {
    let mut grid = Grid::new();
    // For each column, how many more rows are taken from above.
    let mut taken: Vec<usize> = Vec::new();
    for row in rows {
        let mut column = 0;
        let mut line = Vec::new();
        for (cell, children) in cells(row) {
            while taken.get(column).is_some_and(|rows| *rows > 0) {
                column += 1;
            }
            let end = column + cell.columns;
            if taken.len() < end {
                taken.resize(end, 0);
            }
            taken[column..end].fill(cell.rows);
            line.push(Placed {
                column,
                cell,
                children,
            });
            column = end;
        }
        for rows in &mut taken {
            *rows = rows.saturating_sub(1);
        }
        let is_empty = line
            .iter()
            .all(|cell| cell.cell.is_header && cell.children.is_empty());
        if !is_empty {
            grid.push(line);
        }
    }
    grid
}

/// The cells of a row. What is no cell, or no row, is one all the same: broken tables are shown as browsers do.
fn cells(row: &Node) -> impl Iterator<Item = (Cell, &[Node])> {
    let bare = Cell {
        is_header: false,
        columns: 1,
        rows: 1,
        alignment: Alignment::None,
    };
    let nodes = match row.kind {
        Kind::Row => row.children.as_slice(),
        _ => slice::from_ref(row),
    };
    nodes.iter().map(move |node| match node.kind {
        Kind::Cell(cell) => (cell, node.children.as_slice()),
        _ => (bare, slice::from_ref(node)),
    })
}

/// How wide each column becomes; nothing if words would have to be cut.
fn widths(grid: &Grid<'_>, columns: usize, room: Room) -> Option<Vec<usize>> {
    let available = room.width.checked_sub(GAP_WIDTH * (columns - 1))?;
    let mut required = vec![1; columns];
    let mut wanted = vec![1; columns];
    // What spans several columns widens the last of them, if it has to.
    let mut cells: Vec<&Placed<'_>> = grid.iter().flatten().collect();
    cells.sort_by_key(|cell| cell.cell.columns);
    for cell in cells {
        let (narrowest, widest) = (room.narrowest_cell(), room.cell(UNLIMITED));
        let last = cell.column + cell.cell.columns - 1;
        let gaps = GAP_WIDTH * (cell.cell.columns - 1);
        let widen = |widths: &mut [usize], needed: usize| {
            let others: usize = widths[cell.column..last].iter().sum();
            widths[last] = widths[last].max(needed.saturating_sub(others + gaps));
        };
        widen(&mut wanted, cell.width(widest));
        widen(&mut required, cell.width(narrowest).min(LONGEST_WORD));
    }
    let missing = available.checked_sub(required.iter().sum())?;
    Some(shared(required, &wanted, missing))
}

/// Gives what is left to the columns that want more, equally, until they have what they want.
fn shared(mut widths: Vec<usize>, wanted: &[usize], mut left: usize) -> Vec<usize> {
    loop {
        let wanting: Vec<usize> = (0..widths.len()).filter(|at| widths[*at] < wanted[*at]).collect();
        if wanting.is_empty() || left == 0 {
            return widths;
        }
        let share = (left / wanting.len()).max(1);
        for at in wanting {
            let more = share.min(wanted[at] - widths[at]).min(left);
            widths[at] += more;
            left -= more;
        }
    }
}

fn in_columns(grid: &Grid<'_>, widths: &[usize], room: Room) -> Vec<Line> {
    let rows: Vec<Vec<Line>> = grid.iter().map(|row| side_by_side(row, widths, room)).collect();
    // Rows of several lines need something between them.
    let is_ruled = rows.iter().any(|lines| lines.len() > 1);
    let mut lines = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let follows_header = at > 0 && is_header(&grid[at - 1]) && !is_header(&grid[at]);
        if follows_header || (at > 0 && is_ruled) {
            lines.push(rule(widths));
        }
        lines.extend(row);
    }
    lines
}

fn is_header(row: &[Placed<'_>]) -> bool {
    !row.is_empty() && row.iter().all(|cell| cell.cell.is_header)
}

fn dim(text: impl Into<String>) -> Piece {
    Piece::sign(text, Style::new().dimmed())
}

fn rule(widths: &[usize]) -> Line {
    let columns: Vec<_> = widths.iter().map(|width| "─".repeat(*width)).collect();
    vec![dim(columns.join("─┼─"))]
}

/// The lines of one row. Columns taken from above stay empty.
fn side_by_side(row: &[Placed<'_>], widths: &[usize], room: Room) -> Vec<Line> {
    let span = |cell: &Placed<'_>| {
        let columns = &widths[cell.column..cell.column + cell.cell.columns];
        columns.iter().sum::<usize>() + GAP_WIDTH * (columns.len() - 1)
    };
    let cells: Vec<Vec<Line>> = row.iter().map(|cell| cell.lines(room.cell(span(cell)))).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |at: usize| {
        let mut line = Line::new();
        let mut column = 0;
        while column < widths.len() {
            if column > 0 {
                line.push(dim(GAP));
            }
            let Some(index) = row.iter().position(|cell| cell.column == column) else {
                line.push(Piece::spaces(widths[column]));
                column += 1;
                continue;
            };
            let content = cells[index].get(at).cloned().unwrap_or_default();
            line.extend(aligned(content, span(&row[index]), row[index].cell.alignment));
            column += row[index].cell.columns;
        }
        line
    };
    (0..height).map(line).collect()
}

fn aligned(line: Line, width: usize, alignment: Alignment) -> Line {
    let free = width.saturating_sub(piece::width(&line));
    let before = match alignment {
        Alignment::None | Alignment::Left => 0,
        Alignment::Center => free / 2,
        Alignment::Right => free,
    };
    let (before, after) = (Piece::spaces(before), Piece::spaces(free - before));
    std::iter::once(before).chain(line).chain([after]).collect()
}

/// One record below the other, each value behind the header of its column.
fn as_records(grid: &Grid<'_>, room: Room) -> Vec<Line> {
    let header = grid.first().filter(|row| grid.len() > 1 && is_header(row));
    let name = |column: usize| {
        let cell = header?.iter().find(|cell| cell.column == column)?;
        let mut words = cell
            .lines(room.cell(UNLIMITED))
            .into_iter()
            .flatten()
            .collect::<Line>();
        words.push(dim(": "));
        Some(words)
    };
    let mut lines = Vec::new();
    for row in grid.iter().skip(usize::from(header.is_some())) {
        if !lines.is_empty() {
            lines.push(vec![dim("─".repeat(room.width.min(20)))]);
        }
        for cell in row.iter().filter(|cell| !cell.children.is_empty()) {
            let mut words = name(cell.column).unwrap_or_default();
            if let [
                Node {
                    kind: Kind::Plain(line) | Kind::Paragraph(line),
                    ..
                },
            ] = cell.children
            {
                words.extend(line.iter().cloned());
                lines.extend(wrap(&words, room.width, room.cuts));
                continue;
            }
            lines.extend((!words.is_empty()).then_some(words));
            lines.extend(layout::blocks(cell.children, room));
        }
    }
    lines
}
