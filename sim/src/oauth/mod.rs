//! Atlassian's OAuth 2.0 server: consent, codes, rotating refresh tokens.

mod authorize;
mod grants;
mod identity;
mod token;

pub(crate) use authorize::authorize;
pub(crate) use grants::{ACCESS_LIFETIME, App, Consent, Family, Grants, ServiceCredential, Standing};
pub(crate) use identity::{accessible_resources, me, scope_does_not_match, tenant_info, unauthorized};
pub(crate) use token::token;
