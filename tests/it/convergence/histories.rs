//! Histories at random: what people do on a site, and what goes wrong meanwhile.

use millpond::model::SyncMode;
use proptest::prelude::*;

use crate::support::memory_site::{AnnexEvent, Event, Fault, Happening, SpaceEvent};

/// A site that begins with so many pages, and the runs over it.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) pages: u8,
    /// How many points an hour has, where they are counted: a first copy and a sweep take several runs then.
    pub(super) points: Option<u64>,
    pub(super) acts: Vec<Act>,
}

/// A run, and what happens at its requests, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) mode: SyncMode,
    pub(super) happenings: Vec<Happening>,
}

pub(super) fn history() -> impl Strategy<Value = History> {
    let acts = prop::collection::vec(act(), 1..4);
    let points = prop_oneof![2 => Just(None), 1 => (50..200_u64).prop_map(Some)];
    (0..9_u8, points, acts).prop_map(|(pages, points, acts)| History { pages, points, acts })
}

fn act() -> impl Strategy<Value = Act> {
    let mode = prop_oneof![2 => Just(SyncMode::Delta), 1 => Just(SyncMode::Sweep)];
    let happenings = prop::collection::vec(happening(), 0..16);
    (mode, happenings).prop_map(|(mode, happenings)| Act { mode, happenings })
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => event().prop_map(Happening::Event),
        1 => fault().prop_map(Happening::Fault),
        2 => Just(Happening::Nothing),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Fail),
        Just(Fault::Stop),
        Just(Fault::OddItem),
        Just(Fault::NoBody),
        Just(Fault::StaleCursor),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let one = any::<u8>;
    prop_oneof![
        4 => one().prop_map(|space| Event::Create { space }),
        2 => one().prop_map(|space| Event::Post { space }),
        1 => one().prop_map(|space| Event::CreateFolder { space }),
        6 => one().prop_map(|page| Event::Edit { page }),
        2 => one().prop_map(|page| Event::Rename { page }),
        2 => (one(), one()).prop_map(|(page, under)| Event::Move { page, under }),
        1 => (one(), one()).prop_map(|(page, space)| Event::MoveToSpace { page, space }),
        1 => one().prop_map(|page| Event::Archive { page }),
        1 => one().prop_map(|page| Event::Unarchive { page }),
        2 => one().prop_map(|page| Event::Trash { page }),
        2 => one().prop_map(|page| Event::Restore { page }),
        1 => one().prop_map(|page| Event::Purge { page }),
        9 => annex_event().prop_map(Event::Annex),
        3 => (one(), 0..6_u8).prop_map(|(page, label)| Event::Label { page, label }),
        1 => (one(), 0..6_u8).prop_map(|(page, label)| Event::Unlabel { page, label }),
        3 => space_event().prop_map(Event::Space),
        1 => one().prop_map(|person| Event::RenamePerson { person }),
        2 => one().prop_map(|thing| Event::Break { thing }),
        1 => Just(Event::Mend),
        1 => (1..300_u16).prop_map(|minutes| Event::Wait { minutes }),
    ]
}

fn annex_event() -> impl Strategy<Value = AnnexEvent> {
    let one = any::<u8>;
    prop_oneof![
        4 => (one(), any::<bool>()).prop_map(|(page, is_inline)| AnnexEvent::Comment { page, is_inline }),
        3 => one().prop_map(|comment| AnnexEvent::Reply { comment }),
        2 => one().prop_map(|comment| AnnexEvent::EditComment { comment }),
        1 => one().prop_map(|comment| AnnexEvent::Resolve { comment }),
        1 => one().prop_map(|comment| AnnexEvent::DeleteComment { comment }),
        3 => one().prop_map(|page| AnnexEvent::Attach { page }),
        1 => one().prop_map(|file| AnnexEvent::ReplaceFile { file }),
        1 => one().prop_map(|file| AnnexEvent::RenameFile { file }),
        1 => one().prop_map(|file| AnnexEvent::TrashFile { file }),
        1 => one().prop_map(|file| AnnexEvent::DeleteFile { file }),
    ]
}

fn space_event() -> impl Strategy<Value = SpaceEvent> {
    let one = any::<u8>;
    prop_oneof![
        1 => Just(SpaceEvent::Make),
        1 => one().prop_map(SpaceEvent::Rename),
        1 => one().prop_map(SpaceEvent::Archive),
        1 => one().prop_map(SpaceEvent::Unarchive),
        1 => one().prop_map(SpaceEvent::Trash),
        2 => one().prop_map(SpaceEvent::Restore),
        1 => one().prop_map(SpaceEvent::Hide),
        2 => one().prop_map(SpaceEvent::Show),
    ]
}
