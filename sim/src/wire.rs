//! Connections that can be broken in the middle of an answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: u8 = 0;
const CUT: u8 = 1;
const RESET: u8 = 2;

/// Decides how the next answer on a connection ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate(Arc<Sentence>);

#[derive(Debug, Default)]
struct Sentence {
    verdict: AtomicU8,
    body_bytes: AtomicUsize,
}

impl Fate {
    /// Lets the head and `body_bytes` of the body through, then ends the connection.
    pub(crate) fn cut_after(&self, body_bytes: usize) {
        self.0.body_bytes.store(body_bytes, Ordering::Relaxed);
        self.0.verdict.store(CUT, Ordering::Release);
    }

    /// Lets nothing through and resets the connection.
    pub(crate) fn reset(&self) {
        self.0.verdict.store(RESET, Ordering::Release);
    }

    /// How much of `buffer`, the beginning of an answer, gets through.
    fn allowance(&self, buffer: &[u8]) -> Option<usize> {
        match self.0.verdict.load(Ordering::Acquire) {
            WHOLE => None,
            CUT => {
                let head = buffer.windows(4).position(|window| window == b"\r\n\r\n");
                let head = head.map_or(0, |end| end + 4);
                Some((head + self.0.body_bytes.load(Ordering::Relaxed)).min(buffer.len()))
            }
            _ => Some(0),
        }
    }
}

/// A connection with its fate.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    fate: Fate,
    is_broken: bool,
}

impl Wire {
    fn break_up(&mut self) -> Poll<io::Result<usize>> {
        if self.fate.0.verdict.load(Ordering::Acquire) == RESET {
            // With no time to linger the kernel sends a reset instead of a tidy end. Where it cannot, the end will do.
            self.stream.set_zero_linger().ok();
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_broken {
            return self.break_up();
        }
        match self.fate.allowance(buffer) {
            None => Pin::new(&mut self.stream).poll_write(cx, buffer),
            Some(0) => self.break_up(),
            Some(some) => {
                self.is_broken = true;
                Pin::new(&mut self.stream).poll_write(cx, &buffer[..some])
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Accepts [`Wire`]s.
#[derive(Debug)]
pub(crate) struct WireListener(pub(crate) TcpListener);

impl Listener for WireListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are written at once; waiting to join them up only adds latency.
        stream.set_nodelay(true).ok();
        let wire = Wire {
            stream,
            fate: Fate::default(),
            is_broken: false,
        };
        (wire, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Fate {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().fate.clone()
    }
}
