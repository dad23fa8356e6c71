//! Code, byte for byte.

use html2md::Handle;

use crate::convert::flow::Kind;
use crate::convert::inline::Mark;
use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;
use crate::convert::{escape, tree};

/// What a language is called in Confluence and in Markdown.
const LANGUAGES: [(&str, &str); 12] = [
    ("none", ""),
    ("text", ""),
    ("plain", ""),
    ("c#", "csharp"),
    ("c++", "cpp"),
    ("html/xml", "html"),
    ("js", "javascript"),
    ("sh", "bash"),
    ("shell", "bash"),
    ("yml", "yaml"),
    ("py", "python"),
    ("objc", "objective-c"),
];

/// A code span; one that holds more than text is HTML around it.
pub(super) fn span(pen: &mut Pen<'_>, node: &Handle) {
    let is_rich = tree::any_below(node, &|element| {
        let name = tree::name_of(element);
        name == "a" || name == "img" || name.contains(':')
    });
    if is_rich {
        pen.marked(&Mark::Tag("code"), |pen| pen.children(node));
    } else {
        let code = tree::text_of(node);
        if code.trim().is_empty() {
            pen.space();
        } else {
            pen.code(&code);
        }
    }
}

/// The macros `code` and `noformat`.
pub(in crate::convert) fn block_macro(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(title) = found.param("title") {
        pen.paragraph(|pen| pen.strong(|pen| pen.text(&title)));
    }
    // Some old pages keep code in a rich body.
    let rich: String = found.bodies.iter().map(tree::text_of).collect();
    fence(pen, found.plain.as_ref().unwrap_or(&rich), &language_of(found));
}

fn language_of(found: &Macro) -> String {
    let given = found
        .first_param(&["language", ""])
        .unwrap_or_default()
        .to_lowercase();
    match LANGUAGES.iter().find(|(ours, _)| *ours == given) {
        Some((_, markdown)) => (*markdown).to_owned(),
        None => given
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("-")
            .replace('`', ""),
    }
}

/// Writes a fence. One final newline is the fence's own.
pub(in crate::convert) fn fence(pen: &mut Pen<'_>, code: &str, language: &str) {
    let code = code.strip_suffix('\n').unwrap_or(code);
    let fence = "`".repeat(escape::longest_run(code, b'`').max(2) + 1);
    if code.is_empty() {
        return;
    }
    pen.block(Kind::Other, format!("{fence}{language}\n{code}\n{fence}"));
    pen.index(code);
}

/// HTML is shown, never run.
pub(in crate::convert) fn html_macro(pen: &mut Pen<'_>, found: &Macro) {
    framed_code(pen, found, |pen, html| fence(pen, html, "html"));
}

/// Markdown already.
pub(in crate::convert) fn markdown_macro(pen: &mut Pen<'_>, found: &Macro) {
    framed_code(pen, found, |pen, markdown| {
        pen.block(Kind::Other, markdown.trim_matches('\n').to_owned());
        pen.index(markdown);
    });
}

fn framed_code(pen: &mut Pen<'_>, found: &Macro, write: impl FnOnce(&mut Pen<'_>, &str)) {
    match &found.plain {
        Some(plain) if !plain.trim().is_empty() => macros::frame(pen, found, |pen| write(pen, plain)),
        _ => macros::framed(pen, found),
    }
}
