//! API tokens that accounts made for themselves, and what a site shows to strangers.

use serde_json::json;

use crate::http::{Ask, Reply};
use crate::state::AccountId;
use crate::v2::Refusal;

/// An account's API token.
#[derive(Clone, Debug)]
pub(crate) struct ApiToken {
    pub(crate) account: AccountId,
    email: String,
    token: String,
    /// None for a classic token, which may do whatever its account may.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) is_expired: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct ApiTokens(Vec<ApiToken>);

impl ApiTokens {
    pub(crate) fn add(&mut self, account: AccountId, email: &str, token: &str, scopes: Option<Vec<String>>) {
        self.0.push(ApiToken {
            account,
            email: email.to_owned(),
            token: token.to_owned(),
            scopes,
            is_expired: false,
        });
    }

    pub(crate) fn expire_all(&mut self) {
        for token in &mut self.0 {
            token.is_expired = true;
        }
    }

    /// The token that came along with its email address.
    pub(crate) fn of(&self, ask: &Ask) -> Option<&ApiToken> {
        let given = ask.basic()?;
        let (email, secret) = given.split_once(':')?;
        self.0
            .iter()
            .find(|token| token.email == email && token.token == secret)
    }
}

/// What a stranger hears: lists are empty, and nothing exists.
pub(crate) fn for_strangers(ask: &Ask, route: &str) -> Reply {
    if route.ends_with("/user/current") {
        let body =
            json!({ "type": "anonymous", "displayName": "Anonymous", "accountType": "", "accountId": null });
        Reply::json(200, &body)
    } else if ask.method == "GET" && route.ends_with('}') {
        Refusal::not_found("Not Found").into_reply()
    } else {
        Reply::json(200, &json!({ "results": [], "_links": {} }))
    }
}
