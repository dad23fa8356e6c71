//! Sends one request and reads its answer, within bounds.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::ErrorKind;
use super::endpoint::Endpoint;
use crate::auth::AccessToken;

/// How much is read of an answer that is not a success, in bytes: enough for any error message.
const ERROR_BODY: usize = 16 << 10;

/// An answer, read.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// All of a success, the beginning of anything else.
    pub(super) body: Vec<u8>,
}

/// Prepares the request. The token is sent unasked: without one Confluence answers as to a stranger.
pub(super) fn request(
    http: &reqwest::Client,
    root: &str,
    endpoint: &Endpoint,
    token: &AccessToken,
    timeout: Duration,
) -> RequestBuilder {
    let url = format!("{root}{}", endpoint.path);
    let request = match &endpoint.body {
        Some(body) => http.post(url).json(body),
        None => http.get(url),
    };
    token
        .authorize(request)
        .query(&endpoint.parameters())
        .header(ACCEPT, "application/json")
        .timeout(timeout)
}

/// Sends `request` and reads the answer, up to `limit` bytes of a success.
pub(super) async fn exchange(request: RequestBuilder, limit: usize) -> Result<Received, ErrorKind> {
    let mut response = request.send().await.map_err(transport)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let body = if status.is_success() {
        let body = read(response, limit + 1).await?;
        if body.len() > limit {
            return Err(ErrorKind::TooLarge { limit });
        }
        body
    } else {
        // The status says enough, should the rest not arrive.
        read(response, ERROR_BODY).await.unwrap_or_default()
    };
    Ok(Received {
        status,
        headers,
        body,
    })
}

/// Reads at most `most` bytes.
async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, ErrorKind> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        let room = most - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    Ok(body)
}

/// The URL of an error would carry the query into logs.
fn transport(error: reqwest::Error) -> ErrorKind {
    ErrorKind::Transport(error.without_url())
}
