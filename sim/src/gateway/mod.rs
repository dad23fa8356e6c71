//! Everything that a request passes on its way: routing, the token, the points, the faults, the log.

mod admission;
mod exchange;
mod limits;
mod route;

pub(crate) use admission::Admitted;
pub(crate) use exchange::{answer, answer_media};
pub(crate) use route::Route;
