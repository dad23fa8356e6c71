//! Tells readers, in whatever process, that something may have been committed.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::io::unix::AsyncFd;

/// Watches the mirror's files. The kernel says when somebody writes to them; nobody asks again and again.
#[derive(Debug)]
pub struct Commits(AsyncFd<OwnedFd>);

impl Commits {
    /// Watches the files in the state directory `dir` from now on. Needs a runtime.
    #[expect(
        deprecated,
        reason = "what replaces it is unsafe to call; the queue is owned, and open as long as this is"
    )]
    pub fn watch(dir: &Path) -> io::Result<Self> {
        let queue = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // The folder rather than the log: that comes and goes.
        inotify::add_watch(&queue, dir, WatchFlags::MODIFY | WatchFlags::CREATE)?;
        Ok(Self(AsyncFd::new(queue)?))
    }

    /// Returns once something was written since the last call. What was written may show a moment later only: the log
    /// is written first, and made known when it is durable.
    pub async fn next(&self) -> io::Result<()> {
        let mut written = [0; 4096];
        loop {
            let mut ready = self.0.readable().await?;
            let read = ready.try_io(|queue| Ok(rustix::io::read(queue.get_ref(), &mut written)?));
            if let Ok(read) = read {
                return read.map(drop);
            }
        }
    }
}
