//! The running daemon, asked over a Unix socket: by the other commands of this program, and by whoever speaks HTTP.
//!
//! ```text
//! millpond sync ──▶ Client ── HTTP over millpond.sock ──▶ routes ──▶ Desk ──▶ daemon::Handle
//! ```
//!
//! Who may write to the socket may ask anything that it offers. So it is the owner's alone, or a configured group's.

mod client;
mod desk;
mod routes;
mod serve;
mod socket;
mod watch;
mod wire;

use std::path::{Path, PathBuf};

pub use client::{Client, Error, is_there};
pub use desk::{Desk, Failed};
pub use serve::{serve, serve_monitors};
pub use socket::Socket;
pub use wire::{Doing, Live, Progress};

/// The socket in a state directory.
pub fn socket(state_dir: &Path) -> PathBuf {
    state_dir.join("millpond.sock")
}
