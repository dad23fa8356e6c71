//! What changed between two versions, line by line.

use std::fmt::Write as _;
use std::time::Duration;

use owo_colors::{OwoColorize as _, Style};
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::cli::output::on_terminal;
use crate::cli::when;

use super::Edition;

/// Unchanged lines around a change.
const AROUND: usize = 3;
/// Beyond this, a difference is still right, but not the shortest.
const PATIENCE: Duration = Duration::from_secs(2);

/// The difference in the form of `diff -u`, the title as the first line; nothing if there is none. With colours, the
/// words that changed within a line stand out.
pub(super) fn unified(from: &Edition, to: &Edition, has_colours: bool) -> String {
    let (before, after) = (text(from), text(to));
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(&before, &after);
    let mut out = Out {
        text: String::new(),
        has_colours,
    };
    for hunk in diff.grouped_ops(AROUND) {
        if out.text.is_empty() {
            out.line(&format!("--- {}", name(from)), Style::new().bold());
            out.line(&format!("+++ {}", name(to)), Style::new().bold());
        }
        out.line(&heading(&hunk), Style::new().cyan());
        for change in hunk.iter().flat_map(|op| diff.iter_inline_changes(op)) {
            out.change(
                change.tag(),
                change
                    .iter_strings_lossy()
                    .map(|(stands_out, text)| (stands_out, text.into_owned())),
            );
        }
    }
    out.text
}

fn text(edition: &Edition) -> String {
    let text = format!("# {}\n\n{}", edition.view.title, edition.markdown);
    on_terminal(&text).into_owned()
}

fn name(edition: &Edition) -> String {
    let view = &edition.view;
    let author = on_terminal(view.author.as_deref().unwrap_or("a deleted account"));
    format!(
        "version {}\t{} by {author}",
        view.version,
        when::minute(view.saved_at)
    )
}

/// Where the hunk stands in both texts, as `@@ -1,4 +1,5 @@`.
fn heading(hunk: &[DiffOp]) -> String {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return String::new();
    };
    let old = first.old_range().start..last.old_range().end;
    let new = first.new_range().start..last.new_range().end;
    format!(
        "@@ -{},{} +{},{} @@",
        old.start + 1,
        old.len(),
        new.start + 1,
        new.len()
    )
}

struct Out {
    text: String,
    has_colours: bool,
}

impl Out {
    fn put(&mut self, text: &str, style: Style) {
        if self.has_colours {
            // Writing to a string does not fail.
            let _ = write!(self.text, "{}", text.style(style));
        } else {
            self.text.push_str(text);
        }
    }

    fn line(&mut self, text: &str, style: Style) {
        self.put(text, style);
        self.text.push('\n');
    }

    fn change(&mut self, tag: ChangeTag, parts: impl Iterator<Item = (bool, String)>) {
        let (sign, style) = match tag {
            ChangeTag::Equal => (" ", Style::new()),
            ChangeTag::Delete => ("-", Style::new().red()),
            ChangeTag::Insert => ("+", Style::new().green()),
        };
        self.put(sign, style);
        for (stands_out, part) in parts {
            let style = if stands_out { style.reversed() } else { style };
            self.put(part.trim_end_matches('\n'), style);
        }
        self.text.push('\n');
    }
}
