//! The routes of the socket.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use tokio::time::{Instant, interval};

use crate::daemon::{self, Answer, Wish};
use crate::model::Domain;

use super::desk::Desk;
use super::watch;
use super::wire::{Event, Progress};

/// How often to look how far a run has come.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Whoever follows a run hears something at least this often, and so knows that we are alive.
pub(super) const BEAT: Duration = Duration::from_secs(5);

pub(super) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/sync/{domain}", post(sync))
        .route("/pause/{domain}", post(pause))
        .route("/resume/{domain}", post(resume))
        .route("/reload", post(reload))
        .with_state(desk.clone())
        .merge(watch::router(desk))
}

async fn status(State(desk): State<Desk>) -> Response {
    json(&desk.live())
}

async fn pause(state: State<Desk>, domain: Path<Domain>) -> Response {
    set_paused(state, domain, true).await
}

async fn resume(state: State<Desk>, domain: Path<Domain>) -> Response {
    set_paused(state, domain, false).await
}

async fn set_paused(State(desk): State<Desk>, Path(domain): Path<Domain>, is_paused: bool) -> Response {
    match (desk.pause)(domain.clone(), is_paused).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => {
            let reason = format!("it has no connection to {domain}");
            (StatusCode::NOT_FOUND, reason).into_response()
        }
        Err(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason).into_response(),
    }
}

async fn reload(State(desk): State<Desk>) -> Response {
    match (desk.reload)().await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, reason).into_response(),
    }
}

/// Asks for a run. It takes place also if whoever asked goes away.
async fn sync(State(desk): State<Desk>, Path(domain): Path<Domain>, wish: Bytes) -> Response {
    let wish: Wish = match serde_json::from_slice(&wish) {
        Ok(wish) => wish,
        Err(error) => {
            let reason = format!("it does not understand what is asked: {error}");
            return (StatusCode::UNPROCESSABLE_ENTITY, reason).into_response();
        }
    };
    let (handle, asked) = (desk.handle.clone(), domain.clone());
    let answered = tokio::spawn(async move { handle.run(&asked, wish).await });
    let lines = events(desk, domain, answered);
    let body = Body::from_stream(lines);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

fn json(said: &impl Serialize) -> Response {
    match serde_json::to_vec(said) {
        Ok(said) => ([(header::CONTENT_TYPE, "application/json")], said).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// What is known of a run that was asked for.
struct Following {
    desk: Desk,
    domain: Domain,
    answered: tokio::task::JoinHandle<Answer>,
    look: tokio::time::Interval,
    said: Option<(Progress, Instant)>,
    is_over: bool,
}

/// One line for each step of a run, and the last for its end.
fn events(
    desk: Desk,
    domain: Domain,
    answered: tokio::task::JoinHandle<Answer>,
) -> impl Stream<Item = Result<Vec<u8>, serde_json::Error>> {
    let following = Following {
        desk,
        domain,
        answered,
        look: interval(LOOK_EVERY),
        said: None,
        is_over: false,
    };
    stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        let line = serde_json::to_vec(&event).map(|mut line| {
            line.push(b'\n');
            line
        });
        Some((line, following))
    })
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        loop {
            tokio::select! {
                answer = &mut self.answered => {
                    self.is_over = true;
                    // It only dies with the daemon.
                    let answer = answer.unwrap_or(Answer::Refused(daemon::Refusal::Dropped));
                    return Some(Event::Ended(answer));
                }
                _ = self.look.tick() => if let Some(progress) = self.news() {
                    return Some(Event::Progress(progress));
                }
            }
        }
    }

    /// How far the run has come, if it was not said lately.
    fn news(&mut self) -> Option<Progress> {
        let standing = self.desk.handle.board().standing(&self.domain)?;
        let progress = Progress {
            items: match standing.state {
                daemon::State::Running { items, .. } => Some(items),
                _ => None,
            },
            state: daemon::words(&standing.state),
        };
        let now = Instant::now();
        if let Some((said, at)) = &self.said
            && *said == progress
            && now.duration_since(*at) < BEAT
        {
            return None;
        }
        self.said = Some((progress.clone(), now));
        Some(progress)
    }
}
