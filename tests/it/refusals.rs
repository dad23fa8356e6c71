//! What the grant does not reach is a finding; the rest is mirrored, and nothing is buried for it.

use millpond::model::{CloudId, ContentKind, Finding, FindingKind, Outcome, SyncMode};
use tokio_util::sync::CancellationToken;

use crate::convergence::Stage;
use crate::support::installation::{Installation, visible, world};
use crate::support::memory_site::{Event, Fault, Happening, MemorySite};

const DOMAIN: &str = "acme.atlassian.net";

async fn run(stage: &Stage, kinds: &[ContentKind], mode: SyncMode) -> Outcome {
    let mirror = stage.mirror_of(kinds.to_vec());
    let summary = mirror
        .run(mode, &CancellationToken::new(), &|_| ())
        .await
        .unwrap();
    assert!(summary.error.is_none(), "{:?}", summary.error);
    summary.outcome
}

async fn findings(stage: &Stage) -> Vec<Finding> {
    stage.store.open_findings(&CloudId::new("cloud-1")).await.unwrap()
}

fn subjects(findings: &[Finding]) -> Vec<(FindingKind, &str)> {
    findings
        .iter()
        .map(|finding| (finding.kind, finding.subject.as_str()))
        .collect()
}

const BOTH: [ContentKind; 2] = [ContentKind::BlogPost, ContentKind::Page];

#[tokio::test]
async fn a_kind_that_the_grant_does_not_reach_is_a_finding_and_the_rest_is_mirrored() {
    let stage = Stage::new(MemorySite::new(2, 7)).await;
    stage.site.refuse(ContentKind::BlogPost);

    assert_eq!(run(&stage, &BOTH, SyncMode::Delta).await, Outcome::Partial);
    assert_eq!(stage.mirrored(), stage.site.visible());
    let open = findings(&stage).await;
    assert_eq!(subjects(&open), [(FindingKind::Refused, "blogposts")]);
    assert!(
        open[0].detail.contains("read:page:confluence"),
        "{}",
        open[0].detail
    );
    assert!(open[0].detail.contains("millpond doctor"), "{}", open[0].detail);

    stage.site.happen(&Event::Edit { page: 3 });
    assert_eq!(run(&stage, &BOTH, SyncMode::Delta).await, Outcome::Partial);
    assert_eq!(stage.mirrored(), stage.site.visible());
    assert_eq!(findings(&stage).await.len(), 1);

    stage.site.allow_all();
    assert_eq!(run(&stage, &BOTH, SyncMode::Delta).await, Outcome::Complete);
    assert_eq!(findings(&stage).await, []);
}

#[tokio::test]
async fn nothing_of_a_refused_kind_is_buried_and_its_changes_come_once_it_is_allowed() {
    let stage = Stage::new(MemorySite::new(2, 7)).await;
    let pages = [ContentKind::Page];
    run(&stage, &pages, SyncMode::Delta).await;
    let before = stage.mirrored();

    stage.site.refuse(ContentKind::Page);
    stage.site.happen(&Event::Edit { page: 1 });
    stage.site.happen(&Event::Purge { page: 2 });
    for mode in [
        SyncMode::Sweep,
        SyncMode::Delta,
        SyncMode::Sweep,
        SyncMode::Backfill,
    ] {
        stage.site.happen(&Event::Wait { minutes: 90 });
        assert_eq!(run(&stage, &pages, mode).await, Outcome::Partial);
        assert_eq!(stage.mirrored(), before);
    }

    stage.site.allow_all();
    for mode in [SyncMode::Delta, SyncMode::Sweep, SyncMode::Sweep] {
        assert_eq!(run(&stage, &pages, mode).await, Outcome::Complete);
        stage.site.happen(&Event::Wait { minutes: 90 });
    }
    assert_eq!(stage.mirrored(), stage.site.visible());
}

#[tokio::test]
async fn what_could_not_be_mirrored_before_stays_a_finding_while_its_kind_is_refused() {
    let stage = Stage::new(MemorySite::new(1, 3)).await;
    let pages = [ContentKind::Page];
    stage.site.script(
        [Happening::Nothing, Happening::Fault(Fault::NoBody)],
        CancellationToken::new(),
    );
    assert_eq!(run(&stage, &pages, SyncMode::Delta).await, Outcome::Partial);
    let bodiless = findings(&stage).await;
    assert_eq!(bodiless[0].kind, FindingKind::BodyMissing);

    stage.site.refuse(ContentKind::Page);
    run(&stage, &pages, SyncMode::Delta).await;
    assert_eq!(findings(&stage).await.len(), 2);

    stage.site.allow_all();
    assert_eq!(run(&stage, &pages, SyncMode::Delta).await, Outcome::Complete);
    assert_eq!(findings(&stage).await, []);
    assert_eq!(stage.mirrored(), stage.site.visible());
}

#[tokio::test]
async fn a_refusal_is_forgotten_when_its_kind_is_not_asked_for_any_more() {
    let stage = Stage::new(MemorySite::new(1, 3)).await;
    stage.site.refuse(ContentKind::BlogPost);
    run(&stage, &BOTH, SyncMode::Delta).await;
    assert_eq!(findings(&stage).await.len(), 1);

    assert_eq!(
        run(&stage, &[ContentKind::Page], SyncMode::Sweep).await,
        Outcome::Complete
    );
    assert_eq!(findings(&stage).await, []);
}

#[tokio::test]
async fn a_listing_that_is_forbidden_to_the_account_ends_no_run() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").pages(["Runbook", "On call"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(
        &atlassian,
        &[DOMAIN],
        "[sync]\ncontent = [\"blogposts\", \"pages\"]\n",
    );

    atlassian
        .faults()
        .at("GET /wiki/api/v2/blogposts")
        .server_error_next(2, 403);
    home.done(&["sync"]).await;

    assert_eq!(home.mirrored(), visible(&site, &alice));
    let status = home.done(&["status"]).await;
    assert!(status.contains("blogposts cannot be mirrored"), "{status}");
    home.done(&["sync"]).await;
    let status = home.done(&["status"]).await;
    assert!(!status.contains("blogposts cannot be mirrored"), "{status}");
}

#[tokio::test]
async fn a_consent_without_the_scope_for_names_mirrors_the_pages_and_gets_the_names_later() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook").by(&alice);
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.configure(&atlassian, &[DOMAIN], "[sync]\ncontent = [\"pages\"]\n");
    let home = home.connected(DOMAIN).await;
    home.configure(
        &atlassian,
        &[DOMAIN],
        "[sync]\ncontent = [\"pages\", \"users\"]\n",
    );

    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    let status = home.done(&["status"]).await;
    assert!(status.contains("users cannot be mirrored"), "{status}");
    assert!(status.contains("read:user:confluence"), "{status}");

    let home = home.connected(DOMAIN).await;
    home.done(&["sync"]).await;
    let status = home.done(&["status"]).await;
    assert!(!status.contains("cannot be mirrored"), "{status}");
    assert!(
        home.done(&["show", "ENG:Runbook", "--meta"])
            .await
            .contains("Alice Moreau")
    );
}
