//! The two hosts: one for OAuth and the API, one for media.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::form_urlencoded;

use crate::http::{Ask, Mishap, Reply};
use crate::state::World;
use crate::wire::{Fate, WireListener};

/// The largest body that is read. The API takes no uploads here.
const BODY_LIMIT: usize = 1 << 20;

/// The world, shared by the servers and by every driving handle.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The world, to be looked at or changed, and never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request.
pub(crate) type Answer = fn(&mut World, &Ask) -> Reply;

#[derive(Clone)]
struct Host {
    shared: Shared,
    answer: Answer,
    stopped: watch::Receiver<()>,
}

/// Serves a host in the background until the sender behind `stopped` is gone.
pub(crate) fn serve(listener: TcpListener, shared: Shared, answer: Answer, stopped: watch::Receiver<()>) {
    let host = Host {
        shared,
        answer,
        stopped: stopped.clone(),
    };
    let service = Router::new()
        .fallback(exchange)
        .with_state(host)
        .into_make_service_with_connect_info::<Fate>();
    let server = axum::serve(WireListener(listener), service).with_graceful_shutdown(gone(stopped));
    tokio::spawn(async move { io::Result::ok(server.await) });
}

async fn gone(mut stopped: watch::Receiver<()>) {
    // Nothing is ever sent: this ends with an error when the sender is dropped.
    while stopped.changed().await.is_ok() {}
}

async fn exchange(
    State(host): State<Host>,
    ConnectInfo(fate): ConnectInfo<Fate>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let ask = ask(&parts, body);
    let reply = (host.answer)(&mut host.shared.lock(), &ask);
    if reply.delay > Duration::ZERO {
        tokio::time::sleep(reply.delay).await;
    }
    match reply.mishap {
        Mishap::None => {}
        Mishap::Cut => fate.cut_after(reply.body.len() / 2),
        Mishap::Reset => fate.reset(),
        Mishap::Stall => {
            gone(host.stopped).await;
            fate.reset();
        }
    }
    response(reply)
}

fn ask(parts: &Parts, body: axum::body::Bytes) -> Ask {
    let text = |name: HeaderName| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    Ask {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: form_urlencoded::parse(raw_query.as_bytes())
            .into_owned()
            .collect(),
        raw_query,
        authorization: text(header::AUTHORIZATION),
        range: text(header::RANGE),
        host: text(header::HOST).unwrap_or_default(),
        content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
        body,
    }
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(&reply.content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    response
}
