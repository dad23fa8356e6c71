//! Formulas.

use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;

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
        Some(formula) => {
            let formula = formula.split_whitespace().collect::<Vec<_>>().join(" ");
            pen.finished("$");
            pen.code(&formula);
            pen.finished("$");
        }
        None => macros::framed(pen, found),
    }
}

fn formula(found: &Macro) -> Option<String> {
    let plain = found.plain.clone().filter(|plain| !plain.trim().is_empty());
    plain.or_else(|| found.first_param(&["body", "equation", "formula", ""]))
}
