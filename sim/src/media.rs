//! Downloads: the redirect of the API, and the media host it leads to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::dice::Dice;
use crate::http::{Ask, Reply};
use crate::state::World;
use crate::v2::{Found, Refusal, Visit, attachments};

/// How long a link to a file is good.
const LINK_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// `GET /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download`
pub(crate) fn redirect(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let container = visit.id()?;
    let attachment = attachments::find(visit, visit.second_place())?;
    if attachment.content != container || !attachments::is_downloadable(attachment) {
        return Err(Refusal::not_found(&format!(
            "No content found with id : {container}"
        )));
    }
    let number = match visit.ask.param("version").map(str::parse) {
        None => attachment.number(),
        Some(Ok(number)) if (1..=attachment.number()).contains(&number) => number,
        Some(_) => return Err(Refusal::bad_parameter("version", "integer")),
    };
    let expires_at = visit.world.now() + LINK_LIFETIME;
    let token = sign(&visit.world.media_key, &attachment.file_id, number, expires_at);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", &token)
        .append_pair("client", "confluence-sim")
        .append_pair("name", &attachment.title)
        .finish();
    let location = format!(
        "{}/file/{}/binary?{query}",
        visit.world.media_url, attachment.file_id
    );
    Ok(Found {
        reply: Reply::redirect(location),
        points: 1,
        secret: Some(token),
    })
}

/// `GET /file/{id}/binary` at the media host. The link itself is the ticket.
pub(crate) fn download(world: &mut World, ask: &Ask) -> Reply {
    let file_id = ask
        .path
        .strip_prefix("/file/")
        .and_then(|rest| rest.strip_suffix("/binary"));
    let found = file_id.and_then(|file_id| {
        let number = admitted_version(world, file_id, ask.param("token")?)?;
        let mut attachments = world.sites.iter().flat_map(|site| site.attachments.values());
        let attachment = attachments.find(|attachment| attachment.file_id == file_id)?;
        let (_, bytes) = attachment.versions.get(number.checked_sub(1)?)?;
        Some((attachment.media_type.clone(), bytes.to_vec()))
    });
    match found {
        Some((media_type, bytes)) => match beginning(ask).filter(|_| !world.troubles.ignores_ranges) {
            Some(from) => Reply::rest_of_file(&media_type, &bytes, from),
            None => Reply::file(&media_type, bytes),
        },
        None => Reply::json(
            403,
            &json!({ "error": { "code": "JwtAuthoriser:AuthorizationError" } }),
        ),
    }
}

/// Where an open range such as `bytes=500-` begins. Others are answered with the whole file, as HTTP allows.
fn beginning(ask: &Ask) -> Option<usize> {
    let range = ask.range.as_deref()?.strip_prefix("bytes=")?;
    range.strip_suffix('-')?.parse().ok()
}

/// The version that a token opens, if it is ours, for that file, and not too old.
fn admitted_version(world: &World, file_id: &str, token: &str) -> Option<usize> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let expires_at = DateTime::from_timestamp_millis(claims["exp"].as_i64()?)?;
    let number = usize::try_from(claims["version"].as_u64()?).ok()?;
    let is_ours = sign(&world.media_key, file_id, number, expires_at) == token;
    (is_ours && world.now() < expires_at).then_some(number)
}

fn sign(key: &str, file_id: &str, version: usize, expires_at: DateTime<Utc>) -> String {
    let claims =
        json!({ "file": file_id, "version": version, "exp": expires_at.timestamp_millis() }).to_string();
    let signature = Dice::from_text(&format!("{key}{claims}")).token(64);
    let claims = URL_SAFE_NO_PAD.encode(claims);
    format!("eyJhbGciOiJIUzI1NiJ9.{claims}.{signature}")
}
