//! The media host.

use crate::http::{Ask, Reply};
use crate::state::World;

/// `GET /file/{id}/binary`
pub(crate) fn download(_: &mut World, _: &Ask) -> Reply {
    Reply::html(404, "<!doctype html><title>Not found</title>")
}
