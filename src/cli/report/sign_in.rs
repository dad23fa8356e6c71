//! What is wrong with a sign-in.

use crate::app;
use crate::auth::{self, NangoRefusal};

use super::Exit;

/// What went wrong with a sign-in, if this is that. An error of the wiring speaks with its words, and so hides it.
pub(in crate::cli) fn of_sign_in<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a auth::Error> {
    match error.downcast_ref() {
        Some(app::Error::Auth(inner)) => Some(inner),
        _ => error.downcast_ref(),
    }
}

pub(super) fn exit_of(error: &auth::Error) -> Exit {
    match error {
        auth::Error::NotConnected { .. }
        | auth::Error::Forgotten { .. }
        | auth::Error::ConsentWithdrawn { .. }
        | auth::Error::MissingScopes { .. }
        | auth::Error::ConsentDeclined
        | auth::Error::ConsentTimedOut { .. }
        | auth::Error::NoSuchSite { .. }
        | auth::Error::Nango(NangoRefusal::Exhausted) => Exit::Consent,
        auth::Error::WrongClientSecret
        | auth::Error::NotALoopback { .. }
        | auth::Error::NoTenant { .. }
        | auth::Error::InvalidTokenKey
        | auth::Error::SealedTokenFile { .. }
        | auth::Error::WrongTokenKey { .. }
        | auth::Error::ExposedTokenFile { .. }
        | auth::Error::CorruptTokenFile { .. }
        | auth::Error::Nango(_) => Exit::Config,
        auth::Error::AmbiguousSite { .. } => Exit::Usage,
        transient if transient.is_transient() => Exit::TryLater,
        _ => Exit::Failed,
    }
}

/// What to do about a sign-in that failed, to this site if it is known.
pub(in crate::cli) fn remedy(error: &auth::Error, domain: Option<&str>) -> Option<String> {
    let connect = match domain {
        Some(domain) => format!("millpond connect {domain}"),
        None => "run `millpond connect` for this site again".to_owned(),
    };
    let hint = match error {
        auth::Error::NotConnected { domain } => return Some(format!("millpond connect {domain}")),
        auth::Error::Forgotten { .. }
        | auth::Error::ConsentWithdrawn { .. }
        | auth::Error::MissingScopes { .. }
            if domain.is_some() =>
        {
            return Some(connect);
        }
        auth::Error::Forgotten { .. } | auth::Error::ConsentWithdrawn { .. } => {
            return Some(format!("the mirror is untouched; {connect}"));
        }
        auth::Error::CorruptTokenFile { path, .. } => {
            return Some(format!("move {} away, and {connect}", path.display()));
        }
        auth::Error::WrongClientSecret => {
            "compare the client id and the secret with those at Atlassian: in the Developer \
             Console for an app, in the administration for a service account"
        }
        auth::Error::InvalidTokenKey => "`openssl rand -hex 32` makes one",
        auth::Error::SealedTokenFile { .. } | auth::Error::WrongTokenKey { .. } => {
            "nothing was changed; name the file with its key in `app.token_key_file`. If the key is lost, move the file \
             away and run `millpond connect`"
        }
        auth::Error::ConsentDeclined | auth::Error::ConsentTimedOut { .. } => {
            "nothing was changed; run `millpond connect` when somebody can consent"
        }
        auth::Error::NoSuchSite { .. } => {
            "consent as an account that can read the site, and choose the site on the consent page"
        }
        auth::Error::AmbiguousSite { .. } => "name one: millpond connect DOMAIN",
        auth::Error::StateMismatch | auth::Error::NotARedirect { .. } => {
            "begin again with `millpond connect`, and use the address of that attempt"
        }
        auth::Error::Listen { .. } | auth::Error::NotALoopback { .. } => {
            "`millpond connect --paste` works without a listener"
        }
        auth::Error::NoTenant { .. } => "check the `domain` of the connection",
        auth::Error::Nango(refusal) => nango_hint(refusal),
        auth::Error::ExposedTokenFile { path, .. } => return Some(format!("chmod go= {}", path.display())),
        transient if transient.is_transient() => "nothing was changed; try again later",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn nango_hint(refusal: &NangoRefusal) -> &'static str {
    match refusal {
        NangoRefusal::WrongKey => "copy the secret key of the right environment from Nango's settings",
        NangoRefusal::UnknownIntegration => "compare `provider_config_key` with the integrations in Nango",
        NangoRefusal::UnknownConnection => "compare `connection_id` with the connections in Nango",
        NangoRefusal::Exhausted => "the mirror is untouched; authorize the connection again in Nango",
        NangoRefusal::Unusable { .. } => "make a connection to Confluence in Nango, and let it finish",
        NangoRefusal::OtherSite { .. } => {
            "make the connection in Nango with the subdomain of the site, or correct `domain`"
        }
        NangoRefusal::Other { .. } => "Nango's logs say more",
    }
}
