//! A site in memory: a source that edits itself between two requests, hides, breaks and runs in circles.

#[path = "memory_site/annexes.rs"]
mod annexes;
#[path = "memory_site/happenings.rs"]
mod happenings;
#[path = "memory_site/pages.rs"]
mod pages;
#[path = "memory_site/shelves.rs"]
mod shelves;
#[path = "memory_site/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use millpond::confluence::{Error, ErrorKind};
use millpond::model::{Balance, ContentKind, Cursor, Timestamp};
use tokio_util::sync::CancellationToken;

use annexes::Annexes;
pub(crate) use annexes::{AnnexEvent, SeenAnnex};
pub(crate) use happenings::{Event, Fault, Happening};
use pages::Page;
pub(crate) use pages::Seen;
use shelves::Shelves;
pub(crate) use shelves::{SeenSpace, SpaceEvent};

/// Who creates pages, edits them, and comments.
const PEOPLE: [&str; 3] = ["712020:alice", "712020:bob", "712020:carol"];

/// Listings are small here, so that a few pages are already several requests.
const ITEMS_PER_PAGE: usize = 3;

#[derive(Debug)]
struct World {
    annexes: Annexes,
    /// Milliseconds; every request and every event takes one.
    now: u64,
    spaces: Shelves,
    /// How often each of [`PEOPLE`] was renamed.
    renamed: BTreeMap<&'static str, u64>,
    pages: BTreeMap<u64, Page>,
    /// Those that were ever used, in the order in which they were first.
    labels: Vec<u8>,
    next_id: u64,
    ahead: VecDeque<Happening>,
    stop: CancellationToken,
    requests: u64,
    /// How many points an hour has, if they are counted; and in which hour how many were spent.
    budget: Option<u64>,
    spent: (u64, u64),
    /// What the site cannot deliver: the ids of content, comments, attachments and spaces.
    broken: BTreeSet<String>,
    /// Kinds that the grant does not reach.
    refused: BTreeSet<ContentKind>,
}

/// The site. Clones are the same site.
#[derive(Clone, Debug)]
pub(crate) struct MemorySite(Arc<Mutex<World>>);

impl MemorySite {
    /// A site with some spaces and pages.
    pub(crate) fn new(spaces: u64, pages: u8) -> Self {
        let world = World {
            annexes: Annexes::default(),
            now: 1_000_000,
            spaces: Shelves::new(spaces),
            renamed: BTreeMap::new(),
            pages: BTreeMap::new(),
            labels: Vec::new(),
            next_id: 100,
            ahead: VecDeque::new(),
            stop: CancellationToken::new(),
            requests: 0,
            budget: None,
            spent: (0, 0),
            broken: BTreeSet::new(),
            refused: BTreeSet::new(),
        };
        let site = Self(Arc::new(Mutex::new(world)));
        for space in 0..pages {
            site.happen(&Event::Create { space });
        }
        site
    }

    /// What will happen at the coming requests, one each. A fault that stops the run cancels `stop`.
    pub(crate) fn script(&self, happenings: impl IntoIterator<Item = Happening>, stop: CancellationToken) {
        let mut world = self.0.lock().unwrap();
        world.ahead = happenings.into_iter().collect();
        world.stop = stop;
    }

    /// Lets what is left of the script happen, without its faults.
    pub(crate) fn play_out(&self) {
        let mut world = self.0.lock().unwrap();
        for happening in std::mem::take(&mut world.ahead) {
            if let Happening::Event(event) = happening {
                world.happen(&event);
            }
        }
    }

    /// Does one thing now.
    pub(crate) fn happen(&self, event: &Event) {
        self.0.lock().unwrap().happen(event);
    }

    /// What time it is, for the mirror as for the site.
    pub(crate) fn now(&self) -> Timestamp {
        instant(self.0.lock().unwrap().now)
    }

    /// Everything that is alive, in order of id.
    pub(crate) fn visible(&self) -> Vec<Seen> {
        let world = self.0.lock().unwrap();
        let alive = world.pages.iter().filter(|(_, page)| world.shows_page(page));
        let mut visible: Vec<_> = alive.map(|(id, page)| page.seen(*id, &world)).collect();
        visible.sort();
        visible
    }

    /// Every space that is shown, in order of id.
    pub(crate) fn visible_spaces(&self) -> Vec<SeenSpace> {
        self.0.lock().unwrap().spaces.seen()
    }

    /// From now on every hour has so many points; or they are not counted.
    pub(crate) fn ration(&self, points: Option<u64>) {
        self.0.lock().unwrap().budget = points;
    }

    /// From now on the site fails over what has that id, wherever it is asked for it.
    pub(crate) fn break_down(&self, id: &str) {
        self.0.lock().unwrap().broken.insert(id.to_owned());
    }

    /// The site delivers everything again.
    pub(crate) fn mend(&self) {
        self.0.lock().unwrap().broken.clear();
    }

    /// What the people are called, as `account=name`.
    pub(crate) fn names(&self) -> Vec<String> {
        let world = self.0.lock().unwrap();
        PEOPLE.map(|id| format!("{id}={}", world.name(id))).to_vec()
    }

    /// From now on the grant does not reach content of this kind.
    pub(crate) fn refuse(&self, kind: ContentKind) {
        self.0.lock().unwrap().refused.insert(kind);
    }

    /// The grant reaches everything again.
    pub(crate) fn allow_all(&self) {
        self.0.lock().unwrap().refused.clear();
    }

    /// How many requests were answered.
    pub(crate) fn requests(&self) -> u64 {
        self.0.lock().unwrap().requests
    }

    /// Answers one request: first what the script says, then the answer.
    fn answer<T>(&self, answer: impl FnOnce(&World) -> T) -> Result<(T, Option<Fault>), Error> {
        let mut world = self.0.lock().unwrap();
        world.now += 1;
        world.requests += 1;
        world.charge();
        let fault = match world.ahead.pop_front() {
            Some(Happening::Event(event)) => {
                world.happen(&event);
                None
            }
            Some(Happening::Fault(fault)) => Some(fault),
            Some(Happening::Nothing) | None => None,
        };
        match fault {
            Some(Fault::Fail) => return Err(failed(unavailable())),
            Some(Fault::Stop) => world.stop.cancel(),
            _ => {}
        }
        Ok((answer(&world), fault))
    }
}

const HOUR: u64 = 3_600_000;

impl World {
    /// Takes the points of a full page of a listing.
    fn charge(&mut self) {
        let (hour, spent) = self.spent;
        let now = self.now / HOUR;
        let before = if hour == now { spent } else { 0 };
        self.spent = (now, before + 1 + ITEMS_PER_PAGE as u64);
    }

    fn balance(&self) -> Balance {
        let now = self.now / HOUR;
        let spent = if self.spent.0 == now { self.spent.1 } else { 0 };
        Balance {
            per_hour: self.budget,
            left: self.budget.map(|points| points.saturating_sub(spent)),
            returns_at: instant((now + 1) * HOUR),
        }
    }

    fn is_broken(&self, id: &str) -> bool {
        self.broken.contains(id)
    }

    /// The page of a listing behind a place, and where it goes on. Each item has a place to be sorted by and an id. A
    /// page ends before an item that cannot be delivered; where that would come first, there is none.
    fn cut<T>(
        &self,
        mut found: Vec<(String, String, T)>,
        after: Option<&Cursor>,
    ) -> Option<(Vec<T>, Option<Cursor>)> {
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found.retain(|(place, ..)| after.is_none_or(|after| *place > after.0));
        let total = found.len();
        let whole = found.iter().take_while(|(_, id, _)| !self.is_broken(id)).count();
        found.truncate(whole.min(ITEMS_PER_PAGE));
        if found.is_empty() && total > 0 {
            return None;
        }
        let last = found.last().map(|(place, ..)| Cursor(place.clone()));
        let next = last.filter(|_| found.len() < total);
        Some((found.into_iter().map(|(.., item)| item).collect(), next))
    }
}

fn unavailable() -> ErrorKind {
    ErrorKind::Status {
        status: 503,
        message: None,
    }
}

fn failed(kind: ErrorKind) -> Error {
    Error {
        route: "GET /wiki/api/v2/pages",
        attempts: 1,
        kind,
    }
}

fn instant(millis: u64) -> Timestamp {
    let millis = i64::try_from(millis).unwrap();
    Timestamp::from_utc(chrono::DateTime::from_timestamp_millis(1_767_225_600_000 + millis).unwrap())
}
