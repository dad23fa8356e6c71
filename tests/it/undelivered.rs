//! One thing that the site cannot deliver stops no run: it is passed, named, and buried by nobody.

use millpond::model::{CloudId, ContentKind, Finding, FindingKind, Outcome, SyncMode};
use tokio_util::sync::CancellationToken;

use crate::convergence::Stage;
use crate::support::memory_site::{AnnexEvent, Event, MemorySite, Seen, SpaceEvent};

const KINDS: [ContentKind; 2] = [ContentKind::Page, ContentKind::BlogPost];

async fn run(stage: &Stage, mode: SyncMode) -> Outcome {
    let mirror = stage.mirror_of(KINDS.to_vec());
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

async fn subjects(stage: &Stage) -> Vec<String> {
    let findings = findings(stage).await.into_iter();
    let subjects = findings.map(|finding| format!("{}: {}", finding.kind.as_str(), finding.subject));
    let mut subjects: Vec<_> = subjects.collect();
    subjects.sort();
    subjects
}

/// All that is on the site but these.
fn all_but(stage: &Stage, ids: &[&str]) -> Vec<Seen> {
    let visible = stage.site.visible().into_iter();
    visible.filter(|page| !ids.contains(&page.id.as_str())).collect()
}

/// A site with the pages 100 to 108, in two spaces.
async fn stage() -> Stage {
    Stage::new(MemorySite::new(2, 9)).await
}

/// Sweeps three times, hours apart.
async fn sweeps(stage: &Stage) {
    for _ in 0..3 {
        stage.site.happen(&Event::Wait { minutes: 90 });
        run(stage, SyncMode::Sweep).await;
    }
}

#[tokio::test]
async fn a_first_copy_passes_a_page_that_cannot_be_listed_wherever_it_is_and_names_its_neighbours() {
    for (broken, named) in [
        (&["100"][..], "pages before 101"),
        (&["101"], "pages between 100 and 102"),
        (&["103"], "pages between 102 and 104"),
        (&["107"], "pages between 106 and 108"),
        (&["108"], "pages after 107"),
        (&["103", "104"], "pages between 102 and 105"),
    ] {
        let stage = stage().await;
        for id in broken {
            stage.site.break_down(id);
        }
        assert_eq!(run(&stage, SyncMode::Delta).await, Outcome::Partial, "{broken:?}");
        assert_eq!(stage.mirrored(), all_but(&stage, broken));
        let open = findings(&stage).await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(
            (open[0].kind, open[0].subject.as_str()),
            (FindingKind::Undecodable, named)
        );
        assert!(open[0].detail.contains("503"), "{}", open[0].detail);

        // What changes meanwhile is seen.
        stage.site.happen(&Event::Edit { page: 5 });
        run(&stage, SyncMode::Delta).await;
        assert_eq!(stage.mirrored(), all_but(&stage, broken));

        stage.site.mend();
        assert_eq!(run(&stage, SyncMode::Sweep).await, Outcome::Complete);
        assert_eq!(stage.mirrored(), stage.site.visible());
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_listed_any_more_is_named_and_nothing_is_buried_for_its_silence() {
    let stage = stage().await;
    run(&stage, SyncMode::Delta).await;
    let before = stage.mirrored();
    stage.site.break_down("104");
    stage.site.happen(&Event::Purge { page: 6 });
    stage.site.happen(&Event::Trash { page: 1 });

    sweeps(&stage).await;

    let without = |ids: &[&str]| -> Vec<Seen> {
        let all = before.iter().filter(|page| !ids.contains(&page.id.as_str()));
        all.cloned().collect()
    };
    assert_eq!(
        stage.mirrored(),
        without(&["101"]),
        "the trash is the site's own word"
    );
    assert_eq!(
        subjects(&stage).await,
        ["undecodable: 104", "undecodable: pages between 103 and 105"]
    );

    stage.site.mend();
    sweeps(&stage).await;
    assert_eq!(stage.mirrored(), without(&["101", "106"]));
    assert_eq!(subjects(&stage).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_that_cannot_be_listed_is_no_finding_any_more_once_its_space_is_gone() {
    for space in [0, 1] {
        let stage = stage().await;
        stage.site.break_down("108");
        run(&stage, SyncMode::Delta).await;
        assert_eq!(subjects(&stage).await, ["undecodable: pages after 107"]);

        // Of the two, one is the space that the finding names.
        stage.site.happen(&Event::Space(SpaceEvent::Trash(space)));
        stage.site.mend();
        sweeps(&stage).await;
        assert_eq!(
            subjects(&stage).await,
            Vec::<String>::new(),
            "without space {space}"
        );
        assert_eq!(stage.mirrored(), stage.site.visible());
    }
}

#[tokio::test]
async fn what_changed_behind_a_page_that_cannot_be_listed_is_found_by_the_same_delta() {
    let stage = stage().await;
    run(&stage, SyncMode::Delta).await;
    for page in [1, 2, 3, 4, 5] {
        stage.site.happen(&Event::Edit { page });
    }
    stage.site.break_down("104");

    assert_eq!(run(&stage, SyncMode::Delta).await, Outcome::Partial);
    let mut expected = stage.site.visible();
    expected.retain(|page| page.id != "104");
    expected.extend(stage.mirrored().into_iter().filter(|page| page.id == "104"));
    expected.sort();
    assert_eq!(stage.mirrored(), expected);

    // The place up to which changes are known is behind it, so that the next delta costs what a quiet one costs.
    let requests = stage.site.requests();
    stage.site.happen(&Event::Edit { page: 0 });
    run(&stage, SyncMode::Delta).await;
    assert!(stage.site.requests() - requests < 20);

    stage.site.mend();
    run(&stage, SyncMode::Delta).await;
    assert_eq!(stage.mirrored(), stage.site.visible());
    run(&stage, SyncMode::Sweep).await;
    assert_eq!(subjects(&stage).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_kind_of_which_nothing_can_be_listed_is_a_finding_and_the_others_are_mirrored() {
    let stage = stage().await;
    for _ in 0..3 {
        stage.site.happen(&Event::Post { space: 0 });
    }
    let posts: Vec<_> = stage
        .site
        .visible()
        .into_iter()
        .filter(|page| page.kind == "blogpost")
        .collect();
    for post in &posts {
        stage.site.break_down(&post.id);
    }

    assert_eq!(run(&stage, SyncMode::Delta).await, Outcome::Partial);
    let ids: Vec<_> = posts.iter().map(|post| post.id.as_str()).collect();
    assert_eq!(stage.mirrored(), all_but(&stage, &ids));
    let open = findings(&stage).await;
    assert_eq!((open.len(), open[0].subject.as_str()), (1, "blogposts"));

    stage.site.mend();
    assert_eq!(run(&stage, SyncMode::Delta).await, Outcome::Complete);
    assert_eq!(stage.mirrored(), stage.site.visible());
}

#[tokio::test]
async fn comments_files_folders_and_spaces_that_cannot_be_listed_are_passed_and_kept() {
    let stage = stage().await;
    for page in 0..6 {
        stage.site.happen(&Event::CreateFolder { space: page });
        for _ in 0..2 {
            let is_inline = page % 2 == 0;
            stage
                .site
                .happen(&Event::Annex(AnnexEvent::Comment { page, is_inline }));
            stage.site.happen(&Event::Annex(AnnexEvent::Attach { page }));
        }
        stage.site.happen(&Event::Label { page, label: page });
    }
    for _ in 0..5 {
        stage.site.happen(&Event::Space(SpaceEvent::Make));
    }
    run(&stage, SyncMode::Delta).await;
    assert_eq!(stage.mirrored(), stage.site.visible());
    let before = (stage.mirrored(), stage.mirrored_annexes());
    assert_eq!(before.1.len(), 24);

    let annexes = stage.site.visible_annexes();
    let of_kind = |kind: &str| {
        annexes
            .iter()
            .filter(|it| it.kind == kind)
            .nth(3)
            .unwrap()
            .id
            .clone()
    };
    let folder = before
        .0
        .iter()
        .find(|page| page.kind == "folder")
        .unwrap()
        .id
        .clone();
    for broken in [
        of_kind("footer"),
        of_kind("inline"),
        of_kind("attachment"),
        folder,
        "1".to_owned(),
    ] {
        stage.site.break_down(&broken);
    }
    sweeps(&stage).await;
    assert_eq!((stage.mirrored(), stage.mirrored_annexes()), before);
    let named = subjects(&stage).await;
    for listing in [
        "footer comments between",
        "inline comments between",
        "attachments between",
        "folders without pages ",
        "spaces between 0 and 2",
    ] {
        assert!(
            named
                .iter()
                .any(|it| it.starts_with(&format!("undecodable: {listing}"))),
            "{named:?}"
        );
    }

    // What changed since, also in the space that is not listed, is seen all the same.
    stage.site.happen(&Event::Edit { page: 1 });
    stage.site.happen(&Event::Annex(AnnexEvent::Comment {
        page: 1,
        is_inline: false,
    }));
    run(&stage, SyncMode::Delta).await;
    assert_eq!(stage.mirrored(), stage.site.visible());
    assert_eq!(stage.mirrored_annexes(), stage.site.visible_annexes());

    stage.site.mend();
    sweeps(&stage).await;
    assert_eq!(subjects(&stage).await, Vec::<String>::new());
    assert_eq!(stage.mirrored(), stage.site.visible());
}

#[tokio::test]
async fn a_page_whose_labels_cannot_be_listed_keeps_them_and_the_others_get_theirs() {
    let stage = stage().await;
    for page in 0..6 {
        stage.site.happen(&Event::Label { page, label: 1 });
    }
    run(&stage, SyncMode::Delta).await;
    assert_eq!(stage.mirrored(), stage.site.visible());
    let before = stage.mirrored();

    stage.site.break_down("102");
    for page in 0..6 {
        stage.site.happen(&Event::Label { page, label: 2 });
    }
    run(&stage, SyncMode::Sweep).await;
    let mut expected = all_but(&stage, &["102"]);
    expected.extend(before.into_iter().filter(|page| page.id == "102"));
    expected.sort();
    assert_eq!(stage.mirrored(), expected);
    let named = subjects(&stage).await;
    assert!(
        named.contains(&"undecodable: labels of 102".to_owned()),
        "{named:?}"
    );

    stage.site.mend();
    run(&stage, SyncMode::Delta).await;
    assert_eq!(stage.mirrored(), stage.site.visible());
}

/// Memory must not grow with what is missing, nor a run with the requests that it takes to ask for all of it.
#[tokio::test]
async fn what_is_missing_of_comments_is_looked_into_a_few_hundred_at_a_time_until_all_are_gone() {
    let stage = Stage::new(MemorySite::new(1, 1)).await;
    let is_inline = false;
    for _ in 0..300 {
        stage
            .site
            .happen(&Event::Annex(AnnexEvent::Comment { page: 0, is_inline }));
    }
    run(&stage, SyncMode::Delta).await;
    assert_eq!(stage.mirrored_annexes().len(), 300);
    for _ in 0..300 {
        stage
            .site
            .happen(&Event::Annex(AnnexEvent::DeleteComment { comment: 0 }));
    }
    for left in [300, 50, 50, 0] {
        stage.site.happen(&Event::Wait { minutes: 90 });
        run(&stage, SyncMode::Sweep).await;
        assert_eq!(stage.mirrored_annexes().len(), left);
    }
}
