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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::body::to_bytes;

    use super::*;
    use crate::daemon::{Handle, State as Doing};
    use crate::model::{Domain, Timestamp};

    const SECOND: Duration = Duration::from_secs(1);

    fn desk() -> Desk {
        Desk {
            handle: Handle::default(),
            since: "2026-03-01T12:00:00Z".parse().unwrap(),
            pause: Arc::new(|_, _| Box::pin(async { Ok(false) })),
            reload: Arc::new(|| Box::pin(async { Ok(()) })),
            metrics: Arc::new(|| Box::pin(async { Err("the database is gone".to_owned()) })),
        }
    }

    async fn said(answer: Response) -> (u16, String) {
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 1000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_makes_no_progress_is_ill_and_one_that_fails_is_not() {
        let (desk, now) = (desk(), "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap());
        let domain: Domain = "acme.atlassian.net".parse().unwrap();
        let live = |doing| desk.handle.board().set(&domain, doing, now);
        let health = async || said(health(State(desk.clone())).await).await;
        let reason = "it answers with 500".to_owned();
        live(Doing::Failing { reason, until: now });
        assert_eq!(health().await.0, 200);
        tokio::time::advance(LONGEST_SILENCE).await;
        assert_eq!(health().await.0, 200);
        tokio::time::advance(SECOND).await;
        let ill = (503, "no progress for acme.atlassian.net\n".to_owned());
        assert_eq!(health().await, ill);
        live(Doing::Idle { next: None });
        assert_eq!(health().await.0, 200);
    }

    #[tokio::test]
    async fn figures_that_cannot_be_had_are_no_figures() {
        let answer = said(metrics(State(desk())).await).await;
        assert_eq!(answer, (500, "the database is gone".to_owned()));
    }
}
