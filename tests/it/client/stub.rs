//! A server of a few lines for what no stateful site would do: it answers each request by a function.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// Answers until it is dropped with its runtime.
pub(super) struct Stub {
    pub(super) url: Url,
    record: Arc<Record>,
}

#[derive(Default)]
struct Record {
    heads: Mutex<Vec<String>>,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Stub {
    /// Answers with what `answer` makes of the request line: a status with headers, and a body.
    pub(super) async fn start(
        delay: Duration,
        answer: impl Fn(&str) -> (String, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let record = Arc::new(Record::default());
        let (answer, seen) = (Arc::new(answer), record.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen) = (answer.clone(), seen.clone());
                tokio::spawn(async move { seen.serve(stream, delay, &*answer).await });
            }
        });
        Self {
            url: url.parse().unwrap(),
            record,
        }
    }

    /// The requests so far, each with its headers.
    pub(super) fn heads(&self) -> Vec<String> {
        self.record.heads.lock().unwrap().clone()
    }

    /// The most requests that were under way at once.
    pub(super) fn most_at_once(&self) -> usize {
        self.record.most.load(Ordering::SeqCst)
    }
}

impl Record {
    async fn serve(
        &self,
        mut stream: TcpStream,
        delay: Duration,
        answer: &impl Fn(&str) -> (String, String),
    ) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let (status, body) = answer(head.lines().next().unwrap());
        self.heads.lock().unwrap().push(head);

        let at_once = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(at_once, Ordering::SeqCst);
        tokio::time::sleep(delay).await;
        self.now.fetch_sub(1, Ordering::SeqCst);

        let length = body.len();
        let reply =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        // A client that has read enough may be gone.
        drop(stream.write_all(reply.as_bytes()).await);
    }
}
