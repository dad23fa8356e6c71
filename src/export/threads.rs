//! Comments in the order they are read.

use std::collections::{HashMap, HashSet};

use crate::store::ExportComment;

/// Each comment with how many it answers: every one is followed by its answers, oldest first.
pub(super) fn in_order(comments: &[ExportComment]) -> Vec<(usize, &ExportComment)> {
    let ids: HashSet<&str> = comments.iter().map(|comment| comment.id.as_str()).collect();
    let mut answers: HashMap<&str, Vec<&ExportComment>> = HashMap::new();
    let mut first = Vec::new();
    for comment in comments {
        match comment.parent_id.as_deref().filter(|parent| ids.contains(parent)) {
            Some(parent) => answers.entry(parent).or_default().push(comment),
            None => first.push(comment),
        }
    }
    let mut ordered = Vec::with_capacity(comments.len());
    let mut seen = HashSet::new();
    // All of them after the first ones: what is left then answers itself in a circle.
    for comment in first.into_iter().chain(comments) {
        let mut open = vec![(0, comment)];
        while let Some((depth, comment)) = open.pop() {
            if !seen.insert(comment.id.as_str()) {
                continue;
            }
            ordered.push((depth, comment));
            let below = answers.get(comment.id.as_str()).into_iter().flatten().rev();
            open.extend(below.map(|answer| (depth + 1, *answer)));
        }
    }
    ordered
}
