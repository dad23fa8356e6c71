//! What holds after any history.

use millpond::model::{AccountId, ContentId, ContentStatus, SpaceKey, User};
use millpond::store::{ContentWrite, LinkRow, LinkTarget};
use proptest::prelude::*;

use super::support::{Edit, Mirror, at, cloud, page};

#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<ContentWrite>),
    Bury(Vec<ContentId>),
    Name(String),
    /// Someone else's careless hand in the tables.
    Meddle(&'static str),
}

const TITLES: [&str; 6] = ["Runbook", "runbook", "東京 Straße", "getUserName", "", "A & <b>"];

fn content() -> impl Strategy<Value = ContentWrite> {
    let fields = (
        0..6_u8,
        0..TITLES.len(),
        "[a-d東京é ]{0,12}",
        1..5_u32,
        0..3_u8,
        0..TITLES.len(),
    );
    fields.prop_map(|(id, title, text, version, shape, linked)| {
        let written = format!("https://acme.atlassian.net/wiki/display/ENG/{linked}");
        let mut write = page(&id.to_string(), TITLES[title], &text)
            .version(version)
            .link(LinkRow {
                target: LinkTarget::Page {
                    space_key: SpaceKey::new("ENG"),
                    title: TITLES[linked].to_owned(),
                },
                written: written.clone(),
                anchor: None,
            })
            .link(LinkRow {
                target: LinkTarget::User(AccountId::new("account:bob")),
                written: "@account:bob".to_owned(),
                anchor: None,
            });
        write.rendering.markdown = format!("{text} [x]({written}) [@account:bob](u/account:bob)\n");
        write.rendering.text += " @account:bob";
        match shape {
            0 => write.with(|content| content.body = None),
            1 => write.with(|content| content.status = ContentStatus::Trashed),
            _ => write,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(content(), 1..5).prop_map(Step::Apply),
        1 => (0..6_u8).prop_map(|id| Step::Bury(vec![ContentId::new(id.to_string())])),
        1 => "[a-z\\[\\]]{1,4}".prop_map(Step::Name),
        1 => prop::sample::select(vec![
            "DELETE FROM contents WHERE content_id = '1'",
            "UPDATE texts SET body = body || ' more' WHERE id % 2 = 0",
            "UPDATE texts SET labels = labels || ' l', comments = 'c ' || id, files = title WHERE id % 2 = 1",
            "UPDATE texts SET labels = '', comments = '' WHERE id % 3 = 0",
            "INSERT OR REPLACE INTO texts (id, title, body, alt, markdown) SELECT id, 'r', 'r', 'r', 'r' FROM texts LIMIT 1",
        ]).prop_map(Step::Meddle),
    ]
}

async fn take(mirror: &Mirror, step: Step) {
    match step {
        Step::Apply(writes) => {
            mirror.apply(writes).await;
        }
        Step::Bury(ids) => {
            mirror.store.bury(&cloud(), ids, "missing", at(9)).await.unwrap();
        }
        Step::Name(name) => {
            let bob = User {
                id: AccountId::new("account:bob"),
                display_name: name,
                kind: "atlassian".to_owned(),
            };
            mirror
                .store
                .apply_users(&cloud(), vec![bob], at(9))
                .await
                .unwrap();
        }
        Step::Meddle(sql) => {
            let pragmas =
                "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA busy_timeout = 5000;";
            mirror.sql().execute_batch(&format!("{pragmas}{sql}")).unwrap();
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

#[test]
fn the_index_equals_the_table() {
    let runtime = runtime();
    let config = ProptestConfig::with_cases(48);
    proptest!(config, |(steps in prop::collection::vec(step(), 1..10))| {
        runtime.block_on(async {
            let mirror = Mirror::new().await;
            for step in steps {
                take(&mirror, step).await;
                mirror.check_index();
            }
        });
    });
}

#[test]
fn applying_any_batch_again_changes_nothing() {
    let runtime = runtime();
    let config = ProptestConfig::with_cases(48);
    let batch = prop::collection::vec(content(), 1..5);
    proptest!(config, |(history in prop::collection::vec(step(), 0..6), batch in batch)| {
        // One answer names each page once.
        let mut batch = batch;
        batch.sort_by(|a, b| a.content.id.cmp(&b.content.id));
        batch.dedup_by(|a, b| a.content.id == b.content.id);
        runtime.block_on(async {
            let mirror = Mirror::new().await;
            for step in history {
                take(&mirror, step).await;
            }
            mirror.apply(batch.clone()).await;
            let dump = mirror.dump();
            let counts = mirror.apply(batch).await;
            assert_eq!((counts.added, counts.changed, counts.buried), (0, 0, 0));
            assert_eq!(mirror.dump(), dump);
        });
    });
}

#[tokio::test]
async fn hot_queries_use_indexes() {
    let mirror = Mirror::new().await;
    let conn = mirror.sql();
    let plan = |sql: &str| -> String {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    };
    for (sql, index) in [
        ("SELECT 1 FROM contents WHERE site = 1 AND content_id = '1'", "sqlite_autoindex_contents_1"),
        (
            "SELECT content_id FROM contents WHERE site = 1 AND space_id IN (SELECT value FROM json_each('[]'))
             AND kind = 'page' AND gone_at IS NULL AND sighted_in < 1",
            "contents_by_space",
        ),
        (
            "SELECT space_id, count(*) FROM contents WHERE site = 1 AND kind = 'page' AND gone_at IS NULL
             GROUP BY space_id",
            "COVERING INDEX contents_by_space",
        ),
        (
            "SELECT contents.content_id FROM spaces
             JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
             WHERE spaces.site = 1 AND spaces.key = 'ENG' AND contents.title_key = 'x'
                 AND contents.kind = 'page' AND contents.gone_at IS NULL",
            "contents_by_title",
        ),
        (
            "SELECT 1 FROM links WHERE target IS NULL AND title_key = 'x' AND space_key = 'ENG'
             AND (kind = 'blogpost') = 0",
            "links_unresolved",
        ),
        ("SELECT 1 FROM links WHERE target = '1' AND kind = 'user'", "links_by_target"),
        (
            "SELECT 1 FROM findings WHERE site = 1 AND content_id = '1' AND closed_at IS NULL",
            "findings_by_content",
        ),
        (
            "SELECT account_id FROM people WHERE site = 1 AND display_name IS NULL
             ORDER BY asked, account_id LIMIT 5",
            "people_unknown",
        ),
    ] {
        let plan = plan(sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN contents\n") && !plan.contains("TEMP B-TREE FOR ORDER"), "{plan}");
    }
    // By far the most frequent question: one step into the index, one into the table.
    let page = plan(
        "SELECT page.title FROM page_fts JOIN page ON page.rowid = page_fts.rowid WHERE page_fts MATCH 'x'",
    );
    assert!(!page.contains("SCAN contents"), "{page}");
}
