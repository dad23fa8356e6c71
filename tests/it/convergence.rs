//! After any history of edits, faults and interruptions, quiet runs leave the mirror equal to the site.

use std::time::Duration;

use millpond::mirror::{Guard, Mirror, Options, Scope};
use millpond::model::{AnnexKind, Clock, CloudId, ContentKind, Outcome, Site, SyncMode};
use millpond::store::{self, Store};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::support::installation::outsider;
use crate::support::memory_site::{AnnexEvent, Event, Fault, Happening, MemorySite, Seen, SeenAnnex};

fn event() -> impl Strategy<Value = Event> {
    let page = any::<u8>;
    prop_oneof![
        4 => page().prop_map(|space| Event::Create { space }),
        1 => page().prop_map(|space| Event::CreateFolder { space }),
        6 => page().prop_map(|page| Event::Edit { page }),
        2 => page().prop_map(|page| Event::Rename { page }),
        2 => (page(), page()).prop_map(|(page, under)| Event::Move { page, under }),
        1 => (page(), page()).prop_map(|(page, space)| Event::MoveToSpace { page, space }),
        1 => page().prop_map(|page| Event::Archive { page }),
        1 => page().prop_map(|page| Event::Unarchive { page }),
        2 => page().prop_map(|page| Event::Trash { page }),
        2 => page().prop_map(|page| Event::Restore { page }),
        1 => page().prop_map(|page| Event::Purge { page }),
        8 => annex_event().prop_map(Event::Annex),
        3 => (page(), 0..6u8).prop_map(|(page, label)| Event::Label { page, label }),
        1 => (page(), 0..6u8).prop_map(|(page, label)| Event::Unlabel { page, label }),
        1 => (1..300u16).prop_map(|minutes| Event::Wait { minutes }),
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

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Fail),
        Just(Fault::Stop),
        Just(Fault::OddItem),
        Just(Fault::NoBody),
        Just(Fault::StaleCursor),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => event().prop_map(Happening::Event),
        1 => fault().prop_map(Happening::Fault),
        3 => Just(Happening::Nothing),
    ]
}

/// A run and what happens at its requests.
fn act() -> impl Strategy<Value = (SyncMode, Vec<Happening>)> {
    let mode = prop_oneof![2 => Just(SyncMode::Delta), 1 => Just(SyncMode::Sweep)];
    (mode, prop::collection::vec(happening(), 0..12))
}

pub(crate) struct Stage {
    pub(crate) site: MemorySite,
    pub(crate) store: Store,
    folder: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn new(site: MemorySite) -> Self {
        let folder = in_memory().unwrap();
        let store = Store::open(store::Options {
            dir: folder.path().to_owned(),
        })
        .await
        .unwrap();
        Self { site, store, folder }
    }

    pub(crate) fn mirror(&self) -> Mirror<MemorySite> {
        self.mirror_of(vec![ContentKind::Page])
    }

    pub(crate) fn mirror_of(&self, kinds: Vec<ContentKind>) -> Mirror<MemorySite> {
        // The guard has tests of its own; here it must not hold what random histories do to small spaces.
        let guard = Guard {
            max_fraction: 1.0,
            min_items: 0,
            confirm_after: Duration::from_hours(1),
            is_lifted: true,
        };
        let options = Options {
            scope: Scope::default(),
            kinds,
            annexes: AnnexKind::ALL.to_vec(),
            files: None,
            stubs: true,
            labels: true,
            users: true,
            guard,
        };
        let home = Site {
            cloud_id: CloudId::new("cloud-1"),
            domain: "acme.atlassian.net".parse().unwrap(),
            name: "Acme".to_owned(),
        };
        let clock = self.site.clone();
        Mirror::new(
            self.site.clone(),
            self.store.clone(),
            home,
            options,
            Clock::from_fn(move || clock.now()),
        )
    }

    /// What the mirror holds as alive.
    pub(crate) fn mirrored(&self) -> Vec<Seen> {
        let db = outsider(&self.folder.path().join("mirror.db"));
        let sql = "SELECT id, space_id, parent_id, title, status, version, markdown,
                 (SELECT json_group_array(prefix || ':' || name ORDER BY prefix || ':' || name) FROM label
                  WHERE label.page_id = page.id)
             FROM page WHERE gone_at IS NULL";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            Ok(Seen {
                id: row.get(0)?,
                space: row.get(1)?,
                parent: row.get(2)?,
                title: row.get(3)?,
                status: row.get(4)?,
                version: row.get(5)?,
                body: format!("<p>{}</p>", row.get::<_, String>(6)?.trim()),
                labels: serde_json::from_str(&row.get::<_, String>(7)?).unwrap(),
            })
        });
        let mut mirrored: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        mirrored.sort();
        mirrored
    }
}

impl Stage {
    /// The living comments and attachments of living pages in the mirror.
    fn mirrored_annexes(&self) -> Vec<SeenAnnex> {
        let db = outsider(&self.folder.path().join("mirror.db"));
        let sql = "
            SELECT it.* FROM (
                SELECT id, page_id, parent_id, kind, version, resolution AS state,
                    trim(markdown, char(10)) AS text, gone_at
                FROM comment
                UNION ALL
                SELECT id, page_id, NULL, 'attachment', version, title, '', gone_at FROM attachment
            ) AS it
            JOIN page ON page.id = it.page_id AND page.gone_at IS NULL
            WHERE it.gone_at IS NULL";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            Ok(SeenAnnex {
                id: row.get(0)?,
                page: row.get(1)?,
                parent: row.get(2)?,
                kind: row.get(3)?,
                version: row.get(4)?,
                state: row.get(5)?,
                text: row.get(6)?,
            })
        });
        let mut mirrored: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        mirrored.sort();
        mirrored
    }
}

/// A folder that no disk slows down, where there is one: hundreds of histories write thousands of transactions.
fn in_memory() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

async fn play(pages: u8, acts: Vec<(SyncMode, Vec<Happening>)>) -> Result<(), TestCaseError> {
    let stage = Stage::new(MemorySite::new(3, pages)).await;
    let mirror = stage.mirror();
    for (mode, happenings) in acts {
        let stop = CancellationToken::new();
        stage.site.script(happenings, stop.clone());
        mirror.run(mode, &stop, &|_| ()).await.unwrap();
        stage.site.play_out();
    }

    let quiet = CancellationToken::new();
    // The first sweep may have to end a listing that was begun before the last change. The second then sees what is
    // absent, and the third sees it again.
    for mode in [SyncMode::Delta, SyncMode::Sweep, SyncMode::Sweep, SyncMode::Sweep] {
        let summary = mirror.run(mode, &quiet, &|_| ()).await.unwrap();
        prop_assert_eq!(summary.outcome, Outcome::Complete, "{:?}", summary.error);
        stage.site.happen(&Event::Wait { minutes: 61 });
    }
    prop_assert_eq!(stage.mirrored(), stage.site.visible());
    prop_assert_eq!(stage.mirrored_annexes(), stage.site.visible_annexes());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_quiet_site_and_a_finished_run_leave_the_mirror_equal_to_the_site(
        pages in 0..12u8,
        acts in prop::collection::vec(act(), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(pages, acts))?;
    }
}
