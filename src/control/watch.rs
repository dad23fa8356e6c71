//! What monitors ask: is the daemon well, and what are its figures.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::desk::Desk;
use crate::daemon::LONGEST_SILENCE;

/// The media type of the text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .with_state(desk)
}

/// Well is who makes progress. A site that fails or waits for a person is no fault of the daemon's.
async fn health(State(desk): State<Desk>) -> Response {
    let board = desk.handle.board();
    let stuck = board.silent(LONGEST_SILENCE);
    if stuck.is_empty() {
        return format!("ok: {}\n", board.summary()).into_response();
    }
    let names: Vec<_> = stuck.iter().map(AsRef::<str>::as_ref).collect();
    let told = format!("no progress for {}\n", names.join(", "));
    (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
}

async fn metrics(State(desk): State<Desk>) -> Response {
    match (desk.metrics)().await {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT)], text).into_response(),
        Err(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason).into_response(),
    }
}
