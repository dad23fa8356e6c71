//! Formulas.

use html2md::Handle;

use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;
use crate::convert::tree;

use super::code;

pub(in crate::convert) fn block_macro(pen: &mut Pen<'_>, found: &Macro) {
    match formula(found) {
        Some(formula) => code::fence(pen, &formula, "math"),
        None => macros::framed(pen, found),
    }
}

/// GitHub's inline formula: a code span between dollar signs.
pub(in crate::convert) fn inline_macro(pen: &mut Pen<'_>, found: &Macro) {
    match formula(found) {
        Some(formula) => inline(pen, &formula),
        None => macros::framed(pen, found),
    }
}

fn inline(pen: &mut Pen<'_>, formula: &str) {
    let formula = formula.split_whitespace().collect::<Vec<_>>().join(" ");
    pen.finished("$");
    pen.code(&formula);
    pen.finished("$");
}

/// What `KaTeX` has typeset: it keeps the formula beside what it draws, twice, of it.
pub(super) fn typeset(pen: &mut Pen<'_>, node: &Handle) {
    match tree::below(node, "annotation") {
        Some(source) if tree::attr_has(node, "class", "katex-display") => {
            code::fence(pen, &tree::text_of(&source), "math");
        }
        Some(source) => inline(pen, &tree::text_of(&source)),
        None => pen.children(node),
    }
}

fn formula(found: &Macro) -> Option<String> {
    let plain = found.plain.clone().filter(|plain| !plain.trim().is_empty());
    plain.or_else(|| found.first_param(&["body", "equation", "formula", ""]))
}
