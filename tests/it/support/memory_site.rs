//! A site in memory: a [`Source`] that edits itself between two requests, hides, breaks and runs in circles.

#[path = "memory_site/annexes.rs"]
mod annexes;
#[path = "memory_site/shelves.rs"]
mod shelves;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use millpond::confluence::{
    AnnexQuery, Batch, ContentQuery, Error, ErrorKind, FileQuery, Order, Pieces, Spent, StubQuery,
};
use millpond::mirror::Source;
use millpond::model::{
    AccountId, Annex, AnnexKind, Balance, Body, Content, ContentId, ContentKind, ContentStatus, Cursor,
    Label, LabelId, LabelOrder, Parent, Property, Rejected, Restriction, Space, SpaceId, Spending, Timestamp,
    User, Version,
};
use tokio_util::sync::CancellationToken;

pub(crate) use annexes::{AnnexEvent, SeenAnnex};
use annexes::{Annexes, without_body};
use shelves::Shelves;
pub(crate) use shelves::{SeenSpace, SpaceEvent};

/// Who creates pages, edits them, and comments.
const PEOPLE: [&str; 3] = ["712020:alice", "712020:bob", "712020:carol"];

/// Something that people do on the site. Numbers pick pages and spaces modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Create {
        space: u8,
    },
    CreateFolder {
        space: u8,
    },
    /// Writes a blog post.
    Post {
        space: u8,
    },
    Edit {
        page: u8,
    },
    Rename {
        page: u8,
    },
    /// Bumps no version.
    Move {
        page: u8,
        under: u8,
    },
    MoveToSpace {
        page: u8,
        space: u8,
    },
    Archive {
        page: u8,
    },
    Unarchive {
        page: u8,
    },
    Trash {
        page: u8,
    },
    Restore {
        page: u8,
    },
    Purge {
        page: u8,
    },
    /// Something about comments or attachments, which bumps no version of a page.
    Annex(AnnexEvent),
    /// Bumps no version, as all that is done with labels.
    Label {
        page: u8,
        label: u8,
    },
    Unlabel {
        page: u8,
        label: u8,
    },
    Space(SpaceEvent),
    /// A person is called something else from now on.
    RenamePerson {
        person: u8,
    },
    /// Time passes on both clocks.
    Wait {
        minutes: u16,
    },
}

/// Something that goes wrong with the next request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The answer is an error.
    Fail,
    /// The mirror is stopped while it waits for the answer.
    Stop,
    /// One item of the answer does not decode.
    OddItem,
    /// One item comes without its body.
    NoBody,
    /// The cursor is refused.
    StaleCursor,
}

/// What happens at a request, before it is answered.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Event(Event),
    Fault(Fault),
    Nothing,
}

/// A page as a visitor sees it, and as the mirror should hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) space: String,
    pub(crate) parent: Option<String>,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) version: u32,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
}

#[derive(Clone, Debug)]
struct Page {
    kind: ContentKind,
    space: u64,
    parent: Option<u64>,
    title: String,
    status: ContentStatus,
    version: u32,
    created_at: u64,
    modified_at: u64,
    labels: BTreeSet<u64>,
}

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
    fn answer<T>(&self, answer: impl FnOnce(&World) -> Batch<T>) -> Result<(Batch<T>, Option<Fault>), Error> {
        let mut world = self.0.lock().unwrap();
        world.now += 1;
        world.requests += 1;
        let fault = match world.ahead.pop_front() {
            Some(Happening::Event(event)) => {
                world.happen(&event);
                None
            }
            Some(Happening::Fault(fault)) => Some(fault),
            Some(Happening::Nothing) | None => None,
        };
        match fault {
            Some(Fault::Fail) => {
                return Err(failed(ErrorKind::Status {
                    status: 503,
                    message: None,
                }));
            }
            Some(Fault::Stop) => world.stop.cancel(),
            _ => {}
        }
        Ok((answer(&world), fault))
    }
}

impl Source for MemorySite {
    async fn spaces(&self, _: Option<&Cursor>) -> Result<Batch<Space>, Error> {
        let (batch, _) = self.answer(|world| Batch {
            items: world.spaces.visible().map(Ok).collect(),
            next: None,
            server_time: Some(instant(world.now)),
        })?;
        self.let_others_run().await;
        Ok(batch)
    }

    async fn content(&self, query: &ContentQuery, after: Option<&Cursor>) -> Result<Batch<Content>, Error> {
        if self.0.lock().unwrap().refused.contains(&query.kind) {
            return Err(failed(ErrorKind::ScopeMismatch {
                scopes: &["read:page:confluence"],
            }));
        }
        let (mut batch, fault) = self.answer(|world| world.list(query, after))?;
        match fault {
            Some(Fault::StaleCursor) if after.is_some() => return Err(failed(ErrorKind::BadCursor)),
            Some(Fault::OddItem) => spoil(&mut batch.items, odd),
            Some(Fault::NoBody) => spoil(&mut batch.items, |content| {
                Ok(Content {
                    body: None,
                    ..content
                })
            }),
            _ => {}
        }
        self.let_others_run().await;
        Ok(batch)
    }

    async fn annexes(&self, query: &AnnexQuery, after: Option<&Cursor>) -> Result<Batch<Annex>, Error> {
        let (mut batch, fault) = self.answer(|world| world.list_annexes(query, after))?;
        match fault {
            Some(Fault::StaleCursor) if after.is_some() => return Err(failed(ErrorKind::BadCursor)),
            Some(Fault::OddItem) => spoil(&mut batch.items, |annex| {
                Err(Rejected {
                    id: Some(annex.id),
                    space: None,
                    reason: "the title is a number".to_owned(),
                })
            }),
            Some(Fault::NoBody) => spoil(&mut batch.items, |annex| Ok(without_body(annex))),
            _ => {}
        }
        self.let_others_run().await;
        Ok(batch)
    }

    async fn annex(&self, kind: AnnexKind, id: &ContentId) -> Result<Option<Result<Annex, Rejected>>, Error> {
        let (batch, fault) = self.answer(|world| world.one_annex(kind, id))?;
        self.let_others_run().await;
        let found = batch.items.into_iter().next();
        Ok(match fault {
            Some(Fault::NoBody) => found.map(|found| found.map(without_body)),
            _ => found,
        })
    }

    fn file(&self, query: FileQuery) -> impl Pieces {
        OnePiece(Some((self.clone(), query)))
    }

    async fn users(&self, ids: &[AccountId]) -> Result<Vec<User>, Error> {
        let (batch, _) = self.answer(|world| {
            let user = |id: &AccountId| User {
                id: id.clone(),
                display_name: world.name(id.as_str()),
                kind: "atlassian".to_owned(),
            };
            Batch {
                items: ids.iter().map(|id| Ok(user(id))).collect(),
                next: None,
                server_time: None,
            }
        })?;
        self.let_others_run().await;
        Ok(batch.items.into_iter().flatten().collect())
    }

    async fn trashed_spaces(&self, ids: &[SpaceId]) -> Result<Batch<Space>, Error> {
        let (batch, _) = self.answer(|world| Batch {
            items: world.spaces.trashed(ids).map(Ok).collect(),
            next: None,
            server_time: Some(instant(world.now)),
        })?;
        Ok(batch)
    }

    async fn blocked_spaces(&self, _: &[SpaceId]) -> Result<Vec<SpaceId>, Error> {
        Ok(Vec::new())
    }

    fn spending(&self) -> Option<Spending> {
        None
    }

    fn balance(&self) -> Balance {
        Balance {
            per_hour: None,
            left: None,
            returns_at: self.now(),
        }
    }

    async fn properties(
        &self,
        _: ContentKind,
        _: &ContentId,
        _: Option<&str>,
        _: Option<&Cursor>,
    ) -> Result<Batch<Property>, Error> {
        Err(failed(ErrorKind::NotFound))
    }

    async fn restrictions(&self, _: &ContentId) -> Result<Vec<Restriction>, Error> {
        Err(failed(ErrorKind::NotFound))
    }

    async fn stubs(&self, query: &StubQuery, after: Option<&Cursor>) -> Result<Batch<Content>, Error> {
        let (mut batch, fault) = self.answer(|world| world.find_stubs(query, after))?;
        match fault {
            Some(Fault::StaleCursor) if after.is_some() => return Err(failed(ErrorKind::BadCursor)),
            Some(Fault::OddItem) => spoil(&mut batch.items, odd),
            _ => {}
        }
        self.let_others_run().await;
        Ok(batch)
    }

    async fn stub(
        &self,
        kind: ContentKind,
        id: &ContentId,
    ) -> Result<Option<Result<Content, Rejected>>, Error> {
        let id: u64 = id.as_str().parse().unwrap();
        let (mut batch, fault) = self.answer(|world| {
            let is_it = |page: &&Page| page.kind == kind && world.spaces.shows(page.space);
            let found = world.pages.get(&id).filter(is_it);
            Batch {
                items: found
                    .map(|page| Ok(page.content(id, false, world)))
                    .into_iter()
                    .collect(),
                next: None,
                server_time: None,
            }
        })?;
        if matches!(fault, Some(Fault::OddItem)) {
            spoil(&mut batch.items, odd);
        }
        self.let_others_run().await;
        Ok(batch.items.into_iter().next())
    }

    async fn labels(&self, order: LabelOrder, after: Option<&Cursor>) -> Result<Batch<Label>, Error> {
        let (batch, _) = self.answer(|world| {
            let mut ids: Vec<_> = (0..world.labels.len() as u64).collect();
            if order == LabelOrder::NewestFirst {
                ids.reverse();
            }
            world.page(&ids, after, |id| world.label(id))
        })?;
        self.let_others_run().await;
        Ok(batch)
    }

    async fn labelled(
        &self,
        label: &LabelId,
        kind: ContentKind,
        spaces: &[SpaceId],
        after: Option<&Cursor>,
    ) -> Result<Batch<ContentId>, Error> {
        let label: u64 = label.as_str().parse().unwrap();
        let (batch, _) = self.answer(|world| {
            let carries = |page: &Page| {
                kind == page.kind
                    && world.shows_page(page)
                    && page.labels.contains(&label)
                    && (spaces.is_empty() || spaces.contains(&SpaceId::new(page.space.to_string())))
            };
            let labelled = world.pages.iter().filter(|(_, page)| carries(page));
            let ids: Vec<_> = labelled.map(|(id, _)| *id).collect();
            world.page(&ids, after, |id| ContentId::new(id.to_string()))
        })?;
        self.let_others_run().await;
        Ok(batch)
    }

    async fn labels_of(
        &self,
        _: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> Result<Batch<Label>, Error> {
        let id: u64 = id.as_str().parse().unwrap();
        let (labels, _) = self.answer(|world| {
            let page = world.pages.get(&id).filter(|page| world.shows_page(page));
            let labels: Option<Vec<_>> = page.map(|page| page.labels.iter().copied().collect());
            let is_there = labels.is_some();
            let batch = world.page(&labels.unwrap_or_default(), after, |label| world.label(label));
            Batch {
                items: is_there.then_some(Ok(batch)).into_iter().collect(),
                next: None,
                server_time: None,
            }
        })?;
        self.let_others_run().await;
        let found = labels.items.into_iter().flatten().next();
        found.ok_or_else(|| failed(ErrorKind::NotFound))
    }

    fn spent(&self) -> Spent {
        Spent {
            requests: self.requests(),
            points: 0,
        }
    }
}

impl MemorySite {
    /// A real answer takes time, in which a stopped run notices that it was stopped.
    async fn let_others_run(&self) {
        tokio::task::yield_now().await;
    }
}

/// Listings are small here, so that a few pages are already several requests.
const ITEMS_PER_PAGE: usize = 3;

impl World {
    fn happen(&mut self, event: &Event) {
        self.now += 1;
        let now = self.now;
        match *event {
            Event::Create { space } => self.create(ContentKind::Page, space),
            Event::Post { space } => self.create(ContentKind::BlogPost, space),
            Event::CreateFolder { space } => self.create(ContentKind::Folder, space),
            Event::Edit { page } => self.change(page, |page| page.touch(now)),
            Event::Rename { page } => self.change(page, |page| {
                page.touch(now);
                page.title = format!("{} renamed at {now}", page.title.split(' ').next().unwrap());
            }),
            Event::Move { page, under } => {
                let holds = |id: &u64| self.pages[id].kind != ContentKind::BlogPost;
                let parent = self.pick(under).filter(holds);
                self.change_page(page, |page| page.parent = parent);
            }
            Event::MoveToSpace { page, space } => {
                let space = self.spaces.pick(space);
                self.change_page(page, |page| (page.space, page.parent) = (space, None));
            }
            Event::Archive { page } => {
                self.change_page(page, |page| page.status = ContentStatus::Archived);
            }
            Event::Unarchive { page } => self.change(page, |page| {
                if page.status == ContentStatus::Archived {
                    page.status = ContentStatus::Current;
                }
            }),
            Event::Trash { page } => self.change(page, |page| page.status = ContentStatus::Trashed),
            Event::Restore { page } => self.change(page, |page| {
                if page.status == ContentStatus::Trashed {
                    page.status = ContentStatus::Current;
                }
            }),
            Event::Purge { page } => {
                if let Some(id) = self.pick(page) {
                    self.pages.remove(&id);
                }
            }
            Event::Annex(ref event) => self.annex(event),
            Event::Label { page, label } => {
                let id = self.label_id(label);
                self.change(page, |page| {
                    if !page.kind.is_stub() {
                        page.labels.insert(id);
                    }
                });
            }
            Event::Unlabel { page, label } => {
                let id = self.label_id(label);
                self.change(page, |page| _ = page.labels.remove(&id));
            }
            Event::Space(ref event) => self.spaces.happen(event, now),
            Event::RenamePerson { person } => {
                let person = PEOPLE[usize::from(person) % PEOPLE.len()];
                *self.renamed.entry(person).or_default() += 1;
            }
            Event::Wait { minutes } => self.now += u64::from(minutes) * 60_000,
        }
    }

    fn create(&mut self, kind: ContentKind, space: u8) {
        let (id, now) = (self.next_id, self.now);
        self.next_id += 1;
        let page = Page {
            kind,
            space: self.spaces.pick(space),
            parent: None,
            title: format!("Page-{id}"),
            status: ContentStatus::Current,
            version: 1,
            created_at: now,
            modified_at: now,
            labels: BTreeSet::new(),
        };
        self.pages.insert(id, page);
    }

    fn label_id(&mut self, label: u8) -> u64 {
        let known = self.labels.iter().position(|known| *known == label);
        let place = known.unwrap_or_else(|| {
            self.labels.push(label);
            self.labels.len() - 1
        });
        place as u64
    }

    fn label(&self, id: u64) -> Label {
        let prefixes = ["global", "team"];
        let number = self.labels[usize::try_from(id).unwrap()];
        Label {
            id: LabelId::new(id.to_string()),
            prefix: prefixes[usize::from(number) % 2].to_owned(),
            name: format!("label-{}", number / 2),
        }
    }

    /// The part of a listing behind a place. The cursor is the last id before it.
    fn page<T>(&self, ids: &[u64], after: Option<&Cursor>, item: impl Fn(u64) -> T) -> Batch<T> {
        let last: Option<u64> = after.map(|cursor| cursor.0.parse().unwrap());
        let skipped = last.map_or(0, |last| {
            // What vanished meanwhile leaves its neighbours in their order.
            let at = ids.iter().position(|id| *id == last);
            at.map_or_else(|| ids.iter().filter(|id| **id < last).count(), |at| at + 1)
        });
        let rest = &ids[skipped..];
        let next = rest
            .get(ITEMS_PER_PAGE)
            .map(|_| Cursor(rest[ITEMS_PER_PAGE - 1].to_string()));
        Batch {
            items: rest.iter().take(ITEMS_PER_PAGE).map(|id| Ok(item(*id))).collect(),
            next,
            server_time: Some(instant(self.now)),
        }
    }

    fn pick(&self, number: u8) -> Option<u64> {
        let count = self.pages.len().max(1);
        self.pages.keys().nth(usize::from(number) % count).copied()
    }

    fn change(&mut self, number: u8, change: impl FnOnce(&mut Page)) {
        if let Some(page) = self.pick(number).and_then(|id| self.pages.get_mut(&id)) {
            change(page);
        }
    }

    /// What a search finds of folders and their like: all that are alive.
    fn find_stubs(&self, query: &StubQuery, after: Option<&Cursor>) -> Batch<Content> {
        let fits = |page: &Page| {
            page.kind.is_stub()
                && self.shows_page(page)
                && (query.spaces.is_empty() || query.spaces.contains(&self.spaces.key(page.space)))
        };
        let found = self.pages.iter().filter(|(_, page)| fits(page));
        let mut found: Vec<_> = found
            .map(|(id, page)| (page.key(*id, query.order), *id))
            .collect();
        found.sort_unstable();
        let ids: Vec<_> = found.into_iter().map(|(_, id)| id).collect();
        self.page(&ids, after, |id| self.pages[&id].content(id, false, self))
    }

    /// Blog posts are neither moved nor archived; pages and folders are.
    fn change_page(&mut self, number: u8, change: impl FnOnce(&mut Page)) {
        self.change(number, |content| {
            if content.kind != ContentKind::BlogPost {
                change(content);
            }
        });
    }

    /// Whether a visitor sees it: not in the trash, and in a space that is shown.
    fn shows_page(&self, page: &Page) -> bool {
        page.status.is_alive() && self.spaces.shows(page.space)
    }

    /// What a person is called.
    fn name(&self, id: &str) -> String {
        let times = self.renamed.get(id).copied().unwrap_or_default();
        format!("{id} by name {times}")
    }

    fn list(&self, query: &ContentQuery, after: Option<&Cursor>) -> Batch<Content> {
        let mut found: Vec<_> = self
            .pages
            .iter()
            .filter(|(id, page)| query.selects(**id, page) && self.spaces.shows(page.space))
            .map(|(id, page)| (page.key(*id, query.order), *id))
            .collect();
        found.sort_unstable();
        let place = after.map(|cursor| cursor.0.clone());
        found.retain(|(key, _)| place.as_ref().is_none_or(|place| key > place));

        let next = found
            .get(ITEMS_PER_PAGE)
            .map(|_| Cursor(found[ITEMS_PER_PAGE - 1].0.clone()));
        let shown = found.iter().take(ITEMS_PER_PAGE);
        let items = shown
            .map(|(_, id)| Ok(self.pages[id].content(*id, query.bodies, self)))
            .collect();
        Batch {
            items,
            next,
            server_time: Some(instant(self.now)),
        }
    }
}

/// What a listing selects, as the real one does.
trait Selects {
    fn selects(&self, id: u64, page: &Page) -> bool;
}

impl Selects for ContentQuery {
    fn selects(&self, id: u64, page: &Page) -> bool {
        let wanted = |status: &ContentStatus| match self.statuses.as_slice() {
            [] => status.is_alive(),
            statuses => statuses.contains(status),
        };
        self.kind == page.kind
            && (self.spaces.is_empty() || self.spaces.contains(&SpaceId::new(page.space.to_string())))
            && (self.ids.is_empty() || self.ids.contains(&ContentId::new(id.to_string())))
            && wanted(&page.status)
    }
}

impl Page {
    fn touch(&mut self, now: u64) {
        self.version += 1;
        self.modified_at = now;
    }

    /// Where the page stands in a listing.
    fn key(&self, id: u64, order: Order) -> String {
        match order {
            Order::Id => format!("{id:012}"),
            Order::OldestFirst => format!("{:020}-{id:012}", self.created_at),
            Order::NewestFirst => format!("{:020}-{id:012}", u64::MAX / 2 - self.modified_at),
        }
    }

    fn body(&self, id: u64) -> String {
        if self.kind.is_stub() {
            return "<p></p>".to_owned();
        }
        format!("<p>Body of {id} at version {}</p>", self.version)
    }

    fn seen(&self, id: u64, world: &World) -> Seen {
        let labels = self.labels.iter().map(|label| world.label(*label));
        let mut labels: Vec<_> = labels
            .map(|label| format!("{}:{}", label.prefix, label.name))
            .collect();
        labels.sort();
        Seen {
            labels,
            id: id.to_string(),
            kind: self.kind.as_str().to_owned(),
            space: self.space.to_string(),
            parent: self.parent.map(|parent| parent.to_string()),
            title: self.title.clone(),
            status: self.status.to_string(),
            version: self.version,
            body: self.body(id),
        }
    }

    fn content(&self, id: u64, with_body: bool, world: &World) -> Content {
        Content {
            id: ContentId::new(id.to_string()),
            kind: self.kind,
            space: SpaceId::new(self.space.to_string()),
            parent: self.parent.map(|parent| Parent {
                id: ContentId::new(parent.to_string()),
                kind: world
                    .pages
                    .get(&parent)
                    .map_or("", |parent| parent.kind.as_str())
                    .to_owned(),
            }),
            position: None,
            title: self.title.clone(),
            status: self.status.clone(),
            author: Some(AccountId::new(PEOPLE[0])),
            created_at: instant(self.created_at),
            version: Version {
                number: self.version,
                message: String::new(),
                is_minor: false,
                author: Some(AccountId::new(PEOPLE[1])),
                created_at: instant(self.modified_at),
            },
            webui: format!("/spaces/S{}/pages/{id}", self.space),
            body: (with_body && !self.kind.is_stub()).then(|| Body::Storage(self.body(id))),
        }
    }
}

/// The file of an attachment, whole.
struct OnePiece(Option<(MemorySite, FileQuery)>);

impl Pieces for OnePiece {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some((site, query)) = self.0.take() else {
            return Ok(None);
        };
        let (file, _) = site.answer(|world| Batch {
            items: world.file(&query).map(Ok).into_iter().collect(),
            next: None,
            server_time: None,
        })?;
        site.let_others_run().await;
        let bytes = file.items.into_iter().flatten().next();
        bytes.map(Some).ok_or_else(|| failed(ErrorKind::NotFound))
    }
}

fn spoil<T: Clone>(items: &mut [Result<T, Rejected>], spoiled: impl FnOnce(T) -> Result<T, Rejected>) {
    if let Some(slot) = items.first_mut()
        && let Ok(item) = slot.clone()
    {
        *slot = spoiled(item);
    }
}

/// The content as an answer that cannot be read.
fn odd(content: Content) -> Result<Content, Rejected> {
    Err(Rejected {
        id: Some(content.id),
        space: Some(content.space),
        reason: "the title is a number".to_owned(),
    })
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
