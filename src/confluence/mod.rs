//! Fetches from Confluence Cloud: spaces, content and users, one page of a listing at a time.
//!
//! [`Client`] is the whole interface. Every request takes the same path: wait for the site's throttle, reserve
//! the app's points, take an access token, send, judge the answer, then decode it or try again.
//!
//! A listing is followed by passing [`Batch::next`] back. [`Seen`] tells when a listing runs in circles.

mod client;
mod courier;
mod endpoint;
mod error;
mod exchange;
mod files;
mod headers;
mod listing;
mod options;
mod points;
mod retry;
mod search;
mod throttle;
mod traffic;
mod wire;

pub use client::Client;
pub use courier::Spent;
pub use endpoint::{AnnexQuery, CarrierQuery, ContentQuery, Order, StubQuery};
pub use error::{Error, ErrorKind};
pub use files::{Download, FileQuery, Pieces};
pub use listing::{Batch, Seen};
pub use options::Options;
pub use points::Points;
pub use traffic::Traffic;
