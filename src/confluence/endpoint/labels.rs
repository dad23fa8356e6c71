//! The routes of labels.

use crate::auth::scopes::Need;
use crate::model::{ContentId, ContentKind, Cursor, LabelId, LabelOrder, SpaceId};

use super::{Endpoint, MOST_ITEMS, encoded};

/// Enough to see that no label is new.
const FEW_ITEMS: u16 = 25;

impl Endpoint {
    /// The labels of the site, used or not.
    pub(in crate::confluence) fn labels(order: LabelOrder, after: Option<&Cursor>) -> Self {
        let (order, limit) = match order {
            LabelOrder::Id => ("id", MOST_ITEMS),
            LabelOrder::NewestFirst if after.is_none() => ("-created-date", FEW_ITEMS),
            LabelOrder::NewestFirst => ("-created-date", MOST_ITEMS),
        };
        let query = vec![("sort", order.to_owned())];
        Self::listing(
            Need::Labels,
            "GET /wiki/api/v2/labels",
            "wiki/api/v2/labels",
            query,
            limit,
            after,
        )
    }

    /// What carries a label, in these spaces: at most 100 of them, or all if there are none.
    pub(in crate::confluence) fn labelled(
        label: &LabelId,
        kind: ContentKind,
        spaces: &[SpaceId],
        after: Option<&Cursor>,
    ) -> Self {
        let (route, kind) = match kind {
            ContentKind::BlogPost => ("GET /wiki/api/v2/labels/{id}/blogposts", "blogposts"),
            // Stubs have none: no page has their id.
            _ => ("GET /wiki/api/v2/labels/{id}/pages", "pages"),
        };
        let path = format!("wiki/api/v2/labels/{}/{kind}", encoded(label.as_str()));
        let mut query = vec![("sort", "id".to_owned())];
        if !spaces.is_empty() {
            let spaces: Vec<_> = spaces.iter().map(SpaceId::as_str).collect();
            query.push(("space-id", spaces.join(",")));
        }
        Self::listing(Need::Pages, route, path, query, MOST_ITEMS, after)
    }

    /// The labels of one page or blog post.
    pub(in crate::confluence) fn labels_of(
        kind: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> Self {
        let (route, kind) = match kind {
            ContentKind::BlogPost => ("GET /wiki/api/v2/blogposts/{id}/labels", "blogposts"),
            // Stubs have none: no page has their id.
            _ => ("GET /wiki/api/v2/pages/{id}/labels", "pages"),
        };
        let path = format!("wiki/api/v2/{kind}/{}/labels", encoded(id.as_str()));
        let query = vec![("sort", "id".to_owned())];
        Self::listing(Need::Pages, route, path, query, MOST_ITEMS, after)
    }
}
