//! Keeps the consent of an account alive and hands out access tokens.
//!
//! Atlassian rotates the refresh token at every refresh and forgives the use of a retired one for ten
//! minutes; after that the grant is dead and a person must consent again. Everything here serves one
//! rule: the newest refresh token is on disk before anything that came with it is used, and nobody sends
//! a retired one. So a refresh is single-flight over tasks (they share one in-flight task that no caller
//! can cancel) and over processes (a file lock, and the file is read again under it).
//!
//! Requests go only to the two configured addresses, the authorization server and the API. The
//! [`reqwest::Client`] is given and must not follow redirects, or a token could leave for another host.

mod api_token;
mod ask;
mod authenticator;
mod choice;
mod connect;
mod consent;
mod error;
mod expiry;
mod grant;
mod grant_file;
mod grant_lock;
mod grants;
mod keep_alive;
mod lease;
mod loopback;
mod nango;
mod oauth;
mod options;
mod page;
mod private_file;
mod retry;
mod rotation;
pub mod scopes;
mod seal;
mod secret;
mod service_account;
mod tenant;
mod token;
mod token_answer;
mod token_store;
mod way;

pub use api_token::ApiToken;
pub use authenticator::Authenticator;
pub use choice::Choice;
pub use connect::{Connected, connect};
pub use consent::{Consent, parse_redirected};
pub use error::Error;
pub use expiry::Reminders;
pub use grant::{AccessibleSite, StoredGrant, Withdrawal};
pub use grants::Grants;
pub use keep_alive::keep_alive;
pub use loopback::Loopback;
pub use nango::{Nango, NangoRefusal};
pub use oauth::{Account, OAuthApp, OAuthClient};
pub use options::Options;
pub use seal::TokenKey;
pub use secret::Secret;
pub use service_account::ServiceAccount;
pub use tenant::Tenant;
pub use token::{AccessToken, RefreshToken, TokenSet};
pub use token_store::TokenStore;
pub use way::{Door, Entrance, Way};
