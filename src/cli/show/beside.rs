//! Comments and attachments as Markdown, so that they read alike on a terminal and in a file.

use std::collections::HashMap;

use bytesize::ByteSize;

use crate::cli::when;
use crate::store::{AttachmentView, CommentView};

/// Answers deeper than this are indented no further.
const DEEPEST: usize = 8;

/// The comments, each answer quoted one level deeper than what it answers.
pub(super) fn comments(comments: &[CommentView]) -> String {
    let mut answers: HashMap<Option<&str>, Vec<&CommentView>> = HashMap::new();
    let is_here = |id: &str| comments.iter().any(|comment| comment.id == id);
    for comment in comments {
        let parent = comment.parent_id.as_deref().filter(|id| is_here(id));
        answers.entry(parent).or_default().push(comment);
    }
    let mut text = format!("\n## Comments ({})\n", comments.len());
    let mut open: Vec<(&CommentView, usize)> = Vec::new();
    open.extend(
        answers
            .remove(&None)
            .into_iter()
            .flatten()
            .rev()
            .map(|first| (first, 0)),
    );
    while let Some((comment, depth)) = open.pop() {
        let quote = "> ".repeat(depth.min(DEEPEST));
        let blank = quote.trim_end();
        text += &[blank, "\n", &quote, &heading(comment), "\n", blank, "\n"].concat();
        for line in comment.markdown.lines() {
            text += format!("{quote}> {line}").trim_end();
            text.push('\n');
        }
        let below = answers.remove(&Some(comment.id.as_str())).into_iter().flatten();
        open.extend(below.rev().map(|answer| (answer, depth + 1)));
    }
    text
}

fn heading(comment: &CommentView) -> String {
    let author = plain(comment.author.as_deref().unwrap_or("a deleted account"));
    let selection = comment
        .selection
        .as_deref()
        .filter(|words| !words.trim().is_empty());
    let about = selection.map_or_else(String::new, |words| format!(", on “{}”", plain(words)));
    let resolution = match (comment.kind.as_str(), comment.resolution.as_deref()) {
        ("inline", Some(word)) if comment.parent_id.is_none() => format!(", {}", plain(word)),
        _ => String::new(),
    };
    format!(
        "**{author}**, {}{about}{resolution}",
        when::minute(comment.created_at)
    )
}

/// The attachments, and where their files are.
pub(super) fn attachments(attachments: &[AttachmentView]) -> String {
    let mut text = format!("\n## Attachments ({})\n", attachments.len());
    if attachments.is_empty() {
        return text;
    }
    text += "\n| Name | Type | Size | Version | File |\n| --- | --- | ---: | ---: | --- |\n";
    for file in attachments {
        let path = file
            .path
            .as_deref()
            .map_or_else(|| "not downloaded".to_owned(), |path| format!("`{path}`"));
        let cells = [
            plain(&file.title),
            plain(&file.media_type),
            ByteSize(file.file_size).to_string(),
            file.version.to_string(),
            path,
        ];
        text += &["| ", &cells.join(" | "), " |\n"].concat();
    }
    text
}

/// Text on one line in which nothing means anything to Markdown.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        for c in word.chars() {
            if "\\`*_[]<>|#~&!".contains(c) {
                plain.push('\\');
            }
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{attachments, comments};
    use crate::store::{AttachmentView, CommentView};

    fn comment(id: &str, parent: Option<&str>, text: &str) -> CommentView {
        let at = "2026-03-01T09:30:00Z".parse().unwrap();
        CommentView {
            id: id.to_owned(),
            parent_id: parent.map(str::to_owned),
            kind: "inline".to_owned(),
            author: Some("Ada *L*".to_owned()),
            created_at: at,
            modified_at: at,
            resolution: (id == "1").then(|| "resolved".to_owned()),
            selection: (id == "1").then(|| "the\nbell".to_owned()),
            markdown: text.to_owned(),
        }
    }

    #[test]
    fn an_answer_is_quoted_below_what_it_answers() {
        let thread = [
            comment("1", None, "Which?\n"),
            comment("3", Some("gone"), "Lost\n"),
            comment("2", Some("1"), "This.\n\nTruly.\n"),
        ];
        assert_eq!(
            comments(&thread),
            "\n## Comments (3)\n\n**Ada \\*L\\***, 2026-03-01 09:30, on “the bell”, resolved\n\n> Which?\n\
             >\n> **Ada \\*L\\***, 2026-03-01 09:30\n>\n> > This.\n> >\n> > Truly.\n\
             \n**Ada \\*L\\***, 2026-03-01 09:30\n\n> Lost\n"
        );
        assert_eq!(comments(&[]), "\n## Comments (0)\n");
    }

    #[test]
    fn a_file_says_whether_it_is_here() {
        let file = AttachmentView {
            id: "a".to_owned(),
            title: "a|b.png".to_owned(),
            media_type: "image/png".to_owned(),
            file_size: 12,
            version: 2,
            path: None,
        };
        assert!(attachments(&[file]).ends_with("\n| a\\|b.png | image/png | 12 B | 2 | not downloaded |\n"));
    }
}
