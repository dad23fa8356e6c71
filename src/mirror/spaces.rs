//! The first step of every run: which spaces there are.

use std::collections::BTreeMap;

use crate::confluence::Order;
use crate::model::{Content, Finding, FindingKind, Rejected, Space, SpaceId, SpaceKey, Timestamp};

use super::query::EverySpace;
use super::walk::{Gap, Walk};
use super::{Error, Run, Source};

/// What findings call the listing of spaces.
const LISTING: &str = "spaces";

/// The spaces of a site at the beginning of a run.
pub(super) struct Spaces {
    /// All that the account can see.
    pub(super) visible: Vec<Space>,
    /// The keys of those that are mirrored.
    pub(super) covered: BTreeMap<SpaceId, SpaceKey>,
    /// The site's own time when they were listed: whatever is edited later carries a later instant.
    ///
    /// Nothing if the site did not say. Our own clock is no substitute: it may run ahead of the site's.
    pub(super) listed_at: Option<Timestamp>,
    /// Those that hold content here and that the account does not see any more, though they should be mirrored.
    pub(super) lost: BTreeMap<SpaceId, SpaceKey>,
}

impl Spaces {
    /// Whether content belongs in the mirror: alive, and in a space that is mirrored.
    pub(super) fn covers(&self, content: &Content) -> bool {
        content.status.is_alive() && self.covered.contains_key(&content.space)
    }

    /// Whether the account sees the space, and the connection does not mirror it.
    pub(super) fn is_left_out(&self, id: &SpaceId) -> bool {
        !self.covered.contains_key(id) && self.visible.iter().any(|space| space.id == *id)
    }

    /// What people call a space: its key, as far as that is known.
    pub(super) fn name<'a>(&'a self, id: &'a SpaceId) -> &'a str {
        let key = self.covered.get(id).or_else(|| self.lost.get(id));
        key.map_or(id.as_str(), SpaceKey::as_str)
    }

    /// The key of a space that is mirrored.
    pub(super) fn key(&self, id: &SpaceId) -> Option<&SpaceKey> {
        self.covered.get(id)
    }
}

impl<S: Source> Run<'_, S> {
    pub(super) async fn list_spaces(&mut self) -> Result<Spaces, Error> {
        let mut visible = Vec::new();
        let mut findings = Vec::new();
        let mut listed_at = None;
        let mut cursor = None;
        let mut walk = Walk::new(
            &self.mirror.source,
            EverySpace {
                order: Order::Id,
                has_two_ends: !self.mirror.source.finds_by_search(),
            },
        );
        loop {
            let batch = walk.page(cursor.as_ref()).await?;
            listed_at = listed_at.or(batch.server_time);
            for item in batch.items {
                match item {
                    Ok(space) => visible.push(space),
                    Err(rejected) => findings.push(undecodable(LISTING, rejected)),
                }
            }
            cursor = batch.next;
            if cursor.is_none() {
                break;
            }
        }
        let gap = walk.gap().map(|gap| gap.finding(LISTING));
        let mut lost = self.lost(&visible).await?;
        let unlisted = match &gap {
            // What is not listed may be what the site cannot deliver.
            Some(_) => std::mem::take(&mut lost),
            None => BTreeMap::new(),
        };
        findings.extend(gap);
        self.settle_listing(&findings).await?;
        self.settle_lost(&lost).await?;
        findings.extend(lost.iter().map(|(id, key)| lost_sight(id, key)));
        self.store_spaces(&visible, findings).await?;
        visible.extend(unlisted.into_iter().map(as_known));
        let covered = self.covered(&visible);
        Ok(Spaces {
            visible,
            covered,
            listed_at,
            lost,
        })
    }

    fn covered(&self, visible: &[Space]) -> BTreeMap<SpaceId, SpaceKey> {
        let scope = &self.mirror.options.scope;
        let covered = visible.iter().filter(|space| scope.covers(space.key.as_str()));
        covered
            .map(|space| (space.id.clone(), space.key.clone()))
            .collect()
    }

    async fn lost(&self, visible: &[Space]) -> Result<BTreeMap<SpaceId, SpaceKey>, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let visible = visible.iter().map(|space| space.id.clone()).collect();
        let lost = store.lost_spaces(cloud_id, visible).await?;
        let scope = &self.mirror.options.scope;
        Ok(lost
            .into_iter()
            .filter(|(_, key)| scope.covers(key.as_str()))
            .collect())
    }

    /// Closes what was found of earlier listings of the spaces and is not found of this one.
    async fn settle_listing(&self, findings: &[Finding]) -> Result<(), Error> {
        let is_settled = |open: &Finding| {
            open.kind == FindingKind::Undecodable
                && (open.subject == LISTING || Gap::is_in(LISTING, &open.subject))
                && findings.iter().all(|finding| finding.subject != open.subject)
        };
        self.close_findings(is_settled).await
    }

    /// Closes what was found of spaces that hold nothing here any more: what they held was buried, or is out of scope.
    async fn settle_lost(&self, lost: &BTreeMap<SpaceId, SpaceKey>) -> Result<(), Error> {
        let is_settled = |finding: &Finding| {
            let space = finding.space.as_ref();
            finding.kind == FindingKind::SpaceHidden && space.is_some_and(|id| !lost.contains_key(id))
        };
        self.close_findings(is_settled).await
    }

    async fn store_spaces(&mut self, visible: &[Space], mut findings: Vec<Finding>) -> Result<(), Error> {
        let now = self.mirror.clock.now();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        store.apply_spaces(cloud_id, visible.to_vec(), now).await?;

        let is_new = |key: &&str| {
            findings
                .iter()
                .all(|finding| !finding.subject.eq_ignore_ascii_case(key))
        };
        let hidden: Vec<_> = self.mirror.options.scope.hidden(visible).filter(is_new).collect();
        findings.extend(hidden.into_iter().map(|key| Finding {
            kind: FindingKind::SpaceHidden,
            subject: key.to_owned(),
            content: None,
            space: None,
            detail: format!("space {key} is configured, but the account cannot see it"),
        }));
        let seen = visible
            .iter()
            .map(|space| (FindingKind::SpaceHidden, space.key.to_string()))
            .collect::<Vec<_>>();
        store.close_findings(cloud_id, seen, now).await?;
        self.record_findings(findings).await?;
        Ok(())
    }

    /// Records findings, and returns those that were not open before.
    pub(super) async fn record_findings(&mut self, findings: Vec<Finding>) -> Result<Vec<Finding>, Error> {
        if findings.is_empty() {
            return Ok(findings);
        }
        let cloud_id = &self.mirror.site.cloud_id;
        let opened = self
            .mirror
            .store
            .record_findings(cloud_id, self.id, findings, self.mirror.clock.now())
            .await?;
        self.counts.findings += opened.len() as u64;
        Ok(opened)
    }

    /// Closes the open findings that are settled.
    pub(super) async fn close_findings(&self, is_settled: impl Fn(&Finding) -> bool) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let open = store.open_findings(cloud_id).await?.into_iter();
        let settled = open
            .filter(is_settled)
            .map(|finding| (finding.kind, finding.subject));
        Ok(store
            .close_findings(cloud_id, settled.collect(), self.mirror.clock.now())
            .await?)
    }
}

/// A space of which no more is needed than the mirror knows.
fn as_known((id, key): (SpaceId, SpaceKey)) -> Space {
    Space {
        id,
        key,
        name: String::new(),
        kind: String::new(),
        status: String::new(),
        homepage: None,
    }
}

fn lost_sight(id: &SpaceId, key: &SpaceKey) -> Finding {
    Finding {
        kind: FindingKind::SpaceHidden,
        subject: key.to_string(),
        content: None,
        space: Some(id.clone()),
        detail: format!("space {key} is mirrored, but the account cannot see it any more"),
    }
}

/// An item of a listing that could not be understood. Without an id it is known by the listing it was in, and is
/// settled by the next sweep that reads the listing to its end.
pub(super) fn undecodable(listing: &str, rejected: Rejected) -> Finding {
    let Rejected { id, space, reason } = rejected;
    Finding {
        kind: FindingKind::Undecodable,
        subject: id
            .as_ref()
            .map_or_else(|| listing.to_owned(), ToString::to_string),
        content: id,
        space,
        detail: reason,
    }
}
