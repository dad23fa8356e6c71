//! Everything there is, behind one lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::api_tokens::ApiTokens;
use crate::clock::SimClock;
use crate::dice::Dice;
use crate::faults::Troubles;
use crate::log::Records;
use crate::nango::Nango;
use crate::oauth::Grants;
use crate::points::Meter;

use super::Site;

/// The id of an Atlassian account, such as `712020:…`.
pub(crate) type AccountId = Arc<str>;

/// A person, or an app that acts like one.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// `atlassian`, `app`, …
    pub(crate) kind: &'static str,
    /// `active`, `closed`, …
    pub(crate) status: &'static str,
}

/// The whole simulation.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: SimClock,
    pub(crate) people: BTreeMap<AccountId, Person>,
    pub(crate) sites: Vec<Site>,
    pub(crate) grants: Grants,
    pub(crate) api_tokens: ApiTokens,
    pub(crate) nango: Nango,
    pub(crate) meter: Meter,
    pub(crate) troubles: Troubles,
    pub(crate) records: Records,
    /// Where downloads are redirected to, such as `http://127.0.0.1:40123`.
    pub(crate) media_url: String,
    /// What the links to files are signed with.
    pub(crate) media_key: String,
    last_event: DateTime<Utc>,
}

impl World {
    pub(crate) fn new(clock: SimClock, points_per_hour: u64, media_url: String) -> Self {
        Self {
            clock,
            people: BTreeMap::new(),
            sites: Vec::new(),
            grants: Grants::new(),
            api_tokens: ApiTokens::default(),
            nango: Nango::default(),
            meter: Meter::new(points_per_hour),
            troubles: Troubles::default(),
            records: Records::default(),
            media_url,
            media_key: Dice::unguessable().uuid(),
            last_event: DateTime::<Utc>::MIN_UTC,
        }
    }

    /// The site's time. Never behind something that happened on it.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now().max(self.last_event)
    }

    /// The instant of a new event: later than that of every event before it, if only by a millisecond.
    pub(crate) fn tick(&mut self) -> DateTime<Utc> {
        let next = self
            .last_event
            .checked_add_signed(TimeDelta::milliseconds(1))
            .unwrap_or(self.last_event);
        self.last_event = self.clock.now().max(next);
        self.last_event
    }

    /// Registers an account. Ids follow from the name and from how many there were before.
    pub(crate) fn add_person(&mut self, name: &str, kind: &'static str) -> AccountId {
        let uuid = Dice::from_text(&format!("{name} {}", self.people.len())).uuid();
        let id: AccountId = format!("712020:{uuid}").into();
        let person = Person {
            name: name.to_owned(),
            kind,
            status: "active",
        };
        self.people.insert(Arc::clone(&id), person);
        id
    }

    /// The site of that domain, which is founded where there is none.
    pub(crate) fn site_of(&mut self, domain: &str) -> usize {
        if let Some(index) = self.sites.iter().position(|site| site.domain == domain) {
            return index;
        }
        self.sites.push(Site::new(Dice::from_text(domain).uuid(), domain));
        self.sites.len() - 1
    }
}
