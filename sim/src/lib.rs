//! A stateful simulation of Confluence Cloud and Atlassian's OAuth server, over HTTP.

mod clock;
pub mod demo;
mod dice;
mod drive;
mod faults;
mod gateway;
mod http;
mod log;
mod media;
mod oauth;
mod points;
mod server;
mod state;
mod v1;
mod v2;
mod wire;

pub use clock::SimClock;
pub use drive::{Account, Atlassian, Attachment, Builder, Comment, Page, PageSnapshot, Site, Space};
pub use faults::Faults;
pub use log::{Log, Refresh, Request};
