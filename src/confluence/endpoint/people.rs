//! The routes of people.

use serde_json::json;

use crate::auth::scopes::Need;
use crate::model::AccountId;

use super::{Brings, Endpoint, MOST_ITEMS};

impl Endpoint {
    /// These users.
    pub(in crate::confluence) fn users(ids: &[AccountId]) -> Self {
        let ids: Vec<&str> = ids.iter().map(AccountId::as_str).collect();
        Self {
            route: "POST /wiki/api/v2/users-bulk",
            need: Need::Users,
            path: "wiki/api/v2/users-bulk".into(),
            query: Vec::new(),
            limit: u16::try_from(ids.len()).unwrap_or(MOST_ITEMS),
            cursor: None,
            body: Some(json!({ "accountIds": ids })),
            brings: Brings::Named,
            points_per_item: 2,
        }
    }

    /// Who the site takes us for.
    pub(in crate::confluence) fn myself() -> Self {
        Self {
            route: "GET /wiki/rest/api/user/current",
            need: Need::Details,
            path: "wiki/rest/api/user/current".into(),
            query: Vec::new(),
            limit: 1,
            cursor: None,
            body: None,
            brings: Brings::One,
            points_per_item: 2,
        }
    }

    /// These users, as version 1 tells of them.
    pub(in crate::confluence) fn found_users(ids: &[AccountId]) -> Self {
        let query = ids.iter().map(|id| ("accountId", id.as_str().to_owned()));
        let limit = u16::try_from(ids.len()).unwrap_or(MOST_ITEMS);
        let (route, path) = ("GET /wiki/rest/api/user/bulk", "wiki/rest/api/user/bulk");
        Self {
            brings: Brings::Named,
            points_per_item: 2,
            ..Self::listing(Need::Details, route, path, query.collect(), limit, None)
        }
    }
}
