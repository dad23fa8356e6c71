//! What a daemon goes through without ado: a quiet day.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use millpond::mirror;
use millpond::model::{ContentKind, Outcome, SyncMode};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;

use crate::convergence::Stage;
use crate::support::memory_site::{Event, MemorySite};

/// What was logged at the usual level, by this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn run(stage: &Stage, mode: SyncMode) -> Result<Outcome, mirror::Error> {
    let mirror = stage.mirror_of(vec![ContentKind::Page]);
    let summary = mirror.run(mode, &CancellationToken::new(), &|_| ()).await?;
    Ok(summary.outcome)
}

#[tokio::test]
async fn a_quiet_day_is_a_handful_of_lines() {
    let stage = Stage::new(MemorySite::new(2, 7)).await;
    run(&stage, SyncMode::Delta).await.unwrap();
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_writer(move || writer.clone())
        .finish();
    let listening = tracing::subscriber::set_default(subscriber);
    for _ in 0..96 {
        stage.site.happen(&Event::Wait { minutes: 15 });
        run(&stage, SyncMode::Delta).await.unwrap();
    }
    stage.site.happen(&Event::Edit { page: 3 });
    run(&stage, SyncMode::Delta).await.unwrap();
    run(&stage, SyncMode::Sweep).await.unwrap();
    drop(listening);

    let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("1 changed"), "it listens: {said}");
    assert!(said.lines().count() <= 5, "{said}");
}
