//! Decides what comments and attachments belong to. Pure: tested with tables.
//!
//! Their listings cover the whole site and name no space. What hangs on content that the mirror has belongs into it;
//! so does what hangs on content that is an open finding, for that is on its way. All else is of spaces that are not
//! mirrored, of drafts, or of content that is gone, and is left where it is.

use std::collections::BTreeMap;

use crate::model::{Annex, AnnexDetail, ContentId, Finding, FindingKind, SpaceKey};
use crate::store::Homes;

use super::spaces::Spaces;

/// A comment or attachment, and where it belongs.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) annex: Annex,
    /// The content it hangs on.
    pub(super) page: ContentId,
    /// The space of that; nothing as long as the content is not here.
    pub(super) space: Option<SpaceKey>,
}

/// Where everything of a listing's page belongs.
#[derive(Debug, Default)]
pub(super) struct Placement {
    pub(super) placed: Vec<Placed>,
    /// Answers to comments that the mirror does not know.
    pub(super) orphans: Vec<Annex>,
    /// What belongs here and cannot be written.
    pub(super) findings: Vec<Finding>,
}

/// Places what a listing brought.
pub(super) fn place(annexes: Vec<Annex>, homes: &Homes, spaces: &Spaces) -> Placement {
    let pages = pages(&annexes, homes);
    let mut placement = Placement::default();
    for annex in annexes {
        let Some(page) = pages.get(&annex.id).cloned() else {
            placement.findings.extend(stranded(&annex, homes));
            if annex.parent().is_some() {
                placement.orphans.push(annex);
            }
            continue;
        };
        let space = homes
            .spaces
            .get(&page)
            .and_then(|space| spaces.key(space))
            .cloned();
        if space.is_none() && !homes.troubled.contains(&page) {
            continue;
        }
        match bodiless(&annex) {
            Some(finding) => placement.findings.push(finding),
            None => placement.placed.push(Placed { annex, page, space }),
        }
    }
    placement
}

/// The content that each hangs on. An answer hangs on what the comment it answers hangs on.
fn pages(annexes: &[Annex], homes: &Homes) -> BTreeMap<ContentId, ContentId> {
    let mut pages = homes.pages.clone();
    for annex in annexes {
        pages.extend(annex.page.clone().map(|page| (annex.id.clone(), page)));
    }
    loop {
        let follow = |annex: &Annex| {
            let page = pages.get(annex.parent()?)?;
            (!pages.contains_key(&annex.id)).then(|| (annex.id.clone(), page.clone()))
        };
        let found: Vec<_> = annexes.iter().filter_map(follow).collect();
        if found.is_empty() {
            return pages;
        }
        pages.extend(found);
    }
}

/// An answer to a comment that is an open finding is one as well: both come with the next run, or neither.
fn stranded(annex: &Annex, homes: &Homes) -> Option<Finding> {
    let parent = annex.kind().subject(annex.parent()?);
    homes.troubled_comments.contains(&parent).then(|| Finding {
        kind: FindingKind::Undecodable,
        subject: annex.kind().subject(&annex.id),
        content: None,
        space: None,
        detail: format!("it answers {parent}, which could not be read"),
    })
}

/// A comment that came without the body it should have.
fn bodiless(annex: &Annex) -> Option<Finding> {
    let AnnexDetail::Comment(comment) = &annex.detail else {
        return None;
    };
    comment.body.is_none().then(|| Finding {
        kind: FindingKind::BodyMissing,
        subject: annex.kind().subject(&annex.id),
        content: None,
        space: None,
        detail: format!("version {} came without its body", annex.version.number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, CommentDetail, ContentStatus, SpaceId, Version};

    fn comment(id: &str, page: Option<&str>, parent: Option<&str>, body: Option<&str>) -> Annex {
        Annex {
            id: ContentId::new(id),
            page: page.map(ContentId::new),
            status: ContentStatus::Current,
            version: Version {
                number: 1,
                message: String::new(),
                is_minor: false,
                author: None,
                created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            },
            detail: AnnexDetail::Comment(CommentDetail {
                is_inline: false,
                parent: parent.map(ContentId::new),
                resolution: None,
                selection: None,
                body: body.map(|body| Body::Storage(body.to_owned())),
            }),
        }
    }

    /// Page 1 is in the mirrored space A, page 2 in a space that is not mirrored, page 3 is an open finding; comment
    /// 10 is on page 1, comment 13 is an open finding.
    fn homes() -> (Homes, Spaces) {
        let homes = Homes {
            spaces: [("1", "a"), ("2", "b")]
                .map(|(page, space)| (ContentId::new(page), SpaceId::new(space)))
                .into(),
            pages: [(ContentId::new("10"), ContentId::new("1"))].into(),
            troubled: [ContentId::new("3")].into(),
            troubled_comments: ["footer comment 13".to_owned()].into(),
        };
        let spaces = Spaces {
            visible: Vec::new(),
            covered: [(SpaceId::new("a"), SpaceKey::new("A"))].into(),
            listed_at: None,
            lost: BTreeMap::new(),
        };
        (homes, spaces)
    }

    #[test]
    fn a_comment_belongs_where_its_page_or_the_comment_it_answers_does() {
        let (homes, spaces) = homes();
        for (page, parent, body, expected) in [
            (Some("1"), None, Some(""), "on 1 in A"),
            (Some("2"), None, Some(""), "elsewhere"),
            (Some("2"), None, None, "elsewhere"),
            (Some("3"), None, Some(""), "on 3"),
            (Some("4"), None, Some(""), "elsewhere"),
            (None, None, Some(""), "elsewhere"),
            (None, Some("10"), Some(""), "on 1 in A"),
            (Some("1"), Some("12"), Some(""), "on 1 in A"),
            (None, Some("12"), Some(""), "an orphan"),
            (None, Some("13"), Some(""), "an orphan; undecodable"),
            (Some("1"), None, None, "body missing"),
        ] {
            let placement = place(vec![comment("99", page, parent, body)], &homes, &spaces);
            let mut found = Vec::new();
            for placed in &placement.placed {
                let space = placed
                    .space
                    .as_ref()
                    .map(|key| format!(" in {key}"))
                    .unwrap_or_default();
                found.push(format!("on {}{space}", placed.page));
            }
            found.extend(placement.orphans.iter().map(|_| "an orphan".to_owned()));
            found.extend(
                placement
                    .findings
                    .iter()
                    .map(|finding| finding.kind.as_str().to_owned()),
            );
            let found = if found.is_empty() {
                "elsewhere".to_owned()
            } else {
                found.join("; ")
            };
            assert_eq!(found, expected, "page {page:?}, parent {parent:?}, body {body:?}");
        }
    }

    #[test]
    fn answers_to_answers_find_their_page_in_whatever_order_they_come() {
        let (homes, spaces) = homes();
        let thread = vec![
            comment("22", None, Some("21"), Some("")),
            comment("21", None, Some("20"), Some("")),
            comment("20", Some("1"), None, Some("")),
            // A circle has no page, and must not keep us.
            comment("30", None, Some("31"), Some("")),
            comment("31", None, Some("30"), Some("")),
        ];
        let placement = place(thread, &homes, &spaces);
        assert_eq!((placement.placed.len(), placement.orphans.len()), (3, 2));
    }
}
