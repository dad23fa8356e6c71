//! Renders what is stored already again, without the network: a better renderer reaches every page at once.
//!
//! A batch is one transaction, and what it wrote carries the new version. So an interrupted round goes on with what
//! is left, and a second one finds nothing to do.

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::convert::{self, PageContext};
use crate::model::{Clock, ContentId};
use crate::store::{BodyPlace, Outdated, Reader, Rendering, Store, StoredBody};

use super::Error;
use super::render::rendering;

/// What rendering again has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rerendered {
    /// How many pages there were to render.
    pub outdated: u64,
    /// How many of them are rendered.
    pub rendered: u64,
    /// Those whose stored body is damaged. They stay as they were.
    pub damaged: Vec<ContentId>,
}

impl Rerendered {
    /// How many pages an interruption left as they were.
    pub fn left(&self) -> u64 {
        let looked_at = self.rendered + self.damaged.len() as u64;
        self.outdated.saturating_sub(looked_at)
    }
}

/// Renders every stored body again that an older renderer rendered, or simply every one. Stops between two
/// batches. Nothing else may write meanwhile.
pub async fn rerender(
    store: &Store,
    everything: bool,
    clock: &Clock,
    stop: &CancellationToken,
    watch: &(dyn Fn(&Rerendered) + Send + Sync),
) -> Result<Rerendered, Error> {
    let outdated = if everything { Outdated::Everything } else { older() };
    let reader = store.reader();
    let mut done = Rerendered {
        outdated: count(&reader, outdated).await?,
        ..Rerendered::default()
    };
    let mut batch = render(&reader, outdated, Some(BodyPlace::default())).await?;
    while !stop.is_cancelled() && batch.next.is_some() {
        done.rendered += batch.renderings.len() as u64;
        done.damaged.append(&mut batch.damaged);
        // The next batch is rendered while this one is written.
        let (written, following) = tokio::join!(
            store.apply_renderings(batch.renderings, clock.now()),
            render(&reader, outdated, batch.next),
        );
        written?;
        watch(&done);
        batch = following?;
    }
    Ok(done)
}

/// How many pages an older renderer wrote.
pub async fn outdated(reader: &Reader) -> Result<u64, Error> {
    count(reader, older()).await
}

fn older() -> Outdated {
    Outdated::OlderThan(convert::RENDERER_VERSION)
}

async fn count(reader: &Reader, outdated: Outdated) -> Result<u64, Error> {
    let reader = reader.clone();
    let count = spawn_blocking(move || reader.outdated(outdated));
    Ok(count.await.map_err(Error::Render)??)
}

/// Pages rendered anew, to be written.
#[derive(Default)]
struct Batch {
    renderings: Vec<(StoredBody, Rendering)>,
    damaged: Vec<ContentId>,
    next: Option<BodyPlace>,
}

async fn render(reader: &Reader, outdated: Outdated, from: Option<BodyPlace>) -> Result<Batch, Error> {
    let Some(from) = from else {
        return Ok(Batch::default());
    };
    let reader = reader.clone();
    let rendered = spawn_blocking(move || {
        let read = reader.outdated_bodies(outdated, from)?;
        let renderings = read.bodies.into_iter().map(render_one).collect();
        Ok(Batch {
            renderings,
            damaged: read.damaged,
            next: read.next,
        })
    });
    rendered.await.map_err(Error::Render)?
}

fn render_one(stored: StoredBody) -> (StoredBody, Rendering) {
    let page = PageContext {
        wiki_url: &stored.wiki_url,
        space_key: stored.space_key.as_str(),
        page_id: stored.content.as_str(),
    };
    let rendering = rendering(Some(&stored.body), &page);
    (stored, rendering)
}
