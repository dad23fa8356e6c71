//! The routes of comments and attachments.

use crate::auth::scopes::Need;
use crate::confluence::FileQuery;
use crate::model::{AnnexKind, ContentId, Cursor};

use super::{AnnexQuery, Brings, Endpoint, MOST_ITEMS, encoded};

impl Endpoint {
    /// Comments or attachments.
    pub(in crate::confluence) fn annexes(query: &AnnexQuery, after: Option<&Cursor>) -> Self {
        let mut parameters = vec![("sort", query.order.as_str().to_owned())];
        let has_bodies = query.bodies && query.kind.place().is_some();
        if has_bodies {
            parameters.push(("body-format", "storage".to_owned()));
        }
        Self {
            brings: Brings::items(has_bodies),
            ..Self::listing(
                need(query.kind),
                query.route(),
                path(query.kind),
                parameters,
                query.limit.clamp(1, MOST_ITEMS),
                after,
            )
        }
    }

    /// One comment or attachment.
    pub(in crate::confluence) fn annex(kind: AnnexKind, id: &ContentId) -> Self {
        let route = match kind {
            AnnexKind::FooterComment => "GET /wiki/api/v2/footer-comments/{id}",
            AnnexKind::InlineComment => "GET /wiki/api/v2/inline-comments/{id}",
            AnnexKind::Attachment => "GET /wiki/api/v2/attachments/{id}",
        };
        let format = kind.place().map(|_| ("body-format", "storage".to_owned()));
        Self {
            brings: Brings::One,
            ..Self::listing(
                need(kind),
                route,
                format!("{}/{}", path(kind), encoded(id.as_str())),
                format.into_iter().collect(),
                1,
                None,
            )
        }
    }

    /// Where the file of an attachment is, in one of its versions.
    pub(in crate::confluence) fn file(query: &FileQuery) -> Self {
        let (page, attachment) = (encoded(query.page.as_str()), encoded(query.attachment.as_str()));
        Self {
            brings: Brings::Address,
            ..Self::listing(
                Need::Attachments,
                "GET /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download",
                format!("wiki/rest/api/content/{page}/child/attachment/{attachment}/download"),
                vec![("version", query.version.to_string())],
                1,
                None,
            )
        }
    }
}

fn need(kind: AnnexKind) -> Need {
    match kind {
        AnnexKind::FooterComment | AnnexKind::InlineComment => Need::Comments,
        AnnexKind::Attachment => Need::Attachments,
    }
}

fn path(kind: AnnexKind) -> &'static str {
    match kind {
        AnnexKind::FooterComment => "wiki/api/v2/footer-comments",
        AnnexKind::InlineComment => "wiki/api/v2/inline-comments",
        AnnexKind::Attachment => "wiki/api/v2/attachments",
    }
}
