//! Keeps the mirror's file in order, without the network and without a secret.

use std::path::Path;

use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::mirror::{self, Rerendered};
use crate::model::Clock;
use crate::store::{self, Blobs, Depth, Flaw, FlawKind, Reader, Store, Unproven};

use super::Error;

/// What a look over the mirror found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inspection {
    /// What is wrong.
    pub flaws: Vec<Flaw>,
    /// How many bodies were compared with their digests, those of earlier versions included.
    pub bodies: u64,
    /// What was not looked at.
    pub unchecked: Vec<Unchecked>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Unchecked {
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// What a repair came to.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// The flaws that are gone.
    pub repaired: Vec<Flaw>,
    /// What is left.
    pub left: Inspection,
    /// How many files were removed that no attachment has any more.
    pub unused_files: u64,
}

/// Watches how many bodies are compared.
type Watch<'a> = &'a (dyn Fn(u64) + Send + Sync);

impl Inspection {
    fn has(&self, kind: FlawKind) -> bool {
        self.flaws.iter().any(|flaw| flaw.kind == kind)
    }

    fn leave_out(&mut self, what: &'static str, why: impl Into<String>) {
        let why = why.into();
        self.unchecked.push(Unchecked { what, why });
    }
}

const BODIES: &str = "the stored bodies";
const INDEX: &str = "whether the search index equals the texts";
const DAMAGED: &str = "the file is damaged";

/// Looks over the mirror in `dir`, beside the daemon or without it. Beside the daemon the search index is left out.
pub async fn inspect(dir: &Path, depth: Depth, watch: Watch<'_>) -> Result<Inspection, Error> {
    let reader = Reader::open(dir)?;
    let mut found = look(&reader, depth, watch).await?;
    // A damaged file is better not opened for writing.
    if found.has(FlawKind::Structure) {
        found.leave_out(INDEX, DAMAGED);
        return Ok(found);
    }
    match open(dir).await {
        Ok(store) => {
            look_at_index(&store, &mut found).await?;
            store.close().await?;
        }
        Err(store::Error::InUse { pid, .. }) => {
            let holder = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
            found.leave_out(INDEX, format!("{holder} is at work on the mirror"));
        }
        Err(store::Error::File { source, .. }) => {
            found.leave_out(INDEX, format!("the mirror cannot be written: {source}"));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(found)
}

/// Repairs what can be, unless the file itself is damaged. Takes the instance lock.
pub async fn repair(dir: &Path, depth: Depth, clock: &Clock, watch: Watch<'_>) -> Result<Repaired, Error> {
    let reader = Reader::open(dir)?;
    let store = open(dir).await?;
    let repaired = repair_with(&store, &reader, depth, clock, watch).await;
    store.close().await?;
    repaired
}

async fn repair_with(
    store: &Store,
    reader: &Reader,
    depth: Depth,
    clock: &Clock,
    watch: Watch<'_>,
) -> Result<Repaired, Error> {
    let mut found = look(reader, depth, watch).await?;
    if found.has(FlawKind::Structure) {
        found.leave_out(INDEX, DAMAGED);
        return Ok(Repaired {
            repaired: Vec::new(),
            left: found,
            unused_files: 0,
        });
    }
    look_at_index(store, &mut found).await?;
    store.repair(found.flaws.clone(), clock.now()).await?;
    store.repair_files(&found.flaws).await?;
    let unused_files = store.sweep_files().await?;
    if found.has(FlawKind::Text) {
        let never = CancellationToken::new();
        mirror::rerender(store, false, clock, &never, &|_| {}).await?;
    }
    let mut left = look(reader, depth, watch).await?;
    look_at_index(store, &mut left).await?;
    let mut repaired = found.flaws;
    repaired.retain(|flaw| !left.flaws.contains(flaw));
    Ok(Repaired {
        repaired,
        left,
        unused_files,
    })
}

/// Renders what an older renderer wrote again, or everything. Takes the instance lock.
pub async fn rerender(
    dir: &Path,
    everything: bool,
    clock: &Clock,
    stop: &CancellationToken,
    watch: &(dyn Fn(&Rerendered) + Send + Sync),
) -> Result<Rerendered, Error> {
    // There must be a mirror already: opening the store would make one.
    Reader::open(dir)?;
    let store = open(dir).await?;
    let rerendered = mirror::rerender(&store, everything, clock, stop, watch).await;
    store.close().await?;
    Ok(rerendered?)
}

async fn open(dir: &Path) -> Result<Store, store::Error> {
    let dir = dir.to_owned();
    Store::open(store::Options { dir }).await
}

/// Everything that can be seen without writing.
async fn look(reader: &Reader, depth: Depth, watch: Watch<'_>) -> Result<Inspection, Error> {
    let looking = reader.clone();
    let flaws = spawn_blocking(move || looking.check(depth));
    let mut found = Inspection {
        flaws: flaws.await.map_err(Error::Look)??,
        ..Inspection::default()
    };
    if found.has(FlawKind::Structure) {
        found.leave_out(BODIES, DAMAGED);
        return Ok(found);
    }
    let mut rest = Some(Unproven::all());
    while let Some(bodies) = rest {
        let looking = reader.clone();
        let proven = spawn_blocking(move || looking.prove(bodies));
        let proven = proven.await.map_err(Error::Look)??;
        found.bodies += proven.bodies;
        found.flaws.extend(proven.flaws);
        rest = proven.rest;
        watch(found.bodies);
    }
    let (looking, blobs) = (reader.clone(), Blobs::new(reader.dir()));
    let files = spawn_blocking(move || looking.check_files(&blobs));
    found.flaws.extend(files.await.map_err(Error::Look)??);
    Ok(found)
}

async fn look_at_index(store: &Store, found: &mut Inspection) -> Result<(), Error> {
    if !found.has(FlawKind::SearchIndex) {
        found.flaws.extend(store.check_index().await?);
    }
    Ok(())
}
