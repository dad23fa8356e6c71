//! The routes of labels.

use crate::auth::scopes::Need;
use crate::model::{ContentId, ContentKind, Cursor, LabelOrder, SpaceId};

use super::{CarrierQuery, Endpoint, MOST_ITEMS, encoded};

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

    /// What carries a label.
    pub(in crate::confluence) fn carriers(query: &CarrierQuery, after: Option<&Cursor>) -> Self {
        let (route, kind) = match query.kind {
            ContentKind::BlogPost => ("GET /wiki/api/v2/labels/{id}/blogposts", "blogposts"),
            // Stubs have none: no page has their id.
            _ => ("GET /wiki/api/v2/labels/{id}/pages", "pages"),
        };
        let path = format!("wiki/api/v2/labels/{}/{kind}", encoded(query.label.as_str()));
        let mut parameters = vec![("sort", query.order.as_str().to_owned())];
        if !query.spaces.is_empty() {
            let spaces: Vec<_> = query.spaces.iter().map(SpaceId::as_str).collect();
            parameters.push(("space-id", spaces.join(",")));
        }
        let limit = query.limit.clamp(1, MOST_ITEMS);
        Self::listing(Need::Pages, route, path, parameters, limit, after)
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
