//! Which faults are armed, and whom they strike.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;

use super::Quirk;

/// How a 429 says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    Seconds(u64),
    /// As an HTTP date, so many seconds ahead.
    Date(u64),
    Unsaid,
}

/// A counted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    RateLimit(Pause),
    ServerError(u16),
    Html,
    CutBody,
    TruncatedJson,
    Stall,
    Unheard,
    Reset,
    EmptyPage,
    EndedEarly,
    OrderIgnored,
    RepeatedCursor,
    RejectedCursor,
    LostRefreshAnswer,
}

impl Trouble {
    /// Whether it can befall that request at all.
    fn fits(self, target: &Target) -> bool {
        match self {
            Self::EmptyPage | Self::EndedEarly | Self::OrderIgnored => target.is_listing,
            Self::RepeatedCursor | Self::RejectedCursor => target.is_listing && target.has_cursor,
            // Waits for a refresh that succeeds; see `Troubles::take_exactly`.
            Self::LostRefreshAnswer => false,
            _ => true,
        }
    }
}

/// What a fault may look at before it strikes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) template: String,
    pub(crate) is_content: bool,
    pub(crate) is_listing: bool,
    pub(crate) has_cursor: bool,
}

impl Target {
    /// A route that serves no site's content, so that only aimed faults strike it.
    pub(crate) fn of_route(template: &str) -> Self {
        Self {
            template: template.to_owned(),
            is_content: false,
            is_listing: false,
            has_cursor: false,
        }
    }
}

#[derive(Debug)]
struct Armed {
    trouble: Trouble,
    route: Option<String>,
    left: u32,
}

/// All faults in force.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    armed: Vec<Armed>,
    pub(crate) latency: Duration,
    /// How long tokens last, as the token endpoint puts it.
    pub(crate) said_lifetime: Option<Duration>,
    /// What befalls every request for the content of a site, by its cloud id.
    pub(crate) of_sites: BTreeMap<String, Trouble>,
    pub(crate) limit_cap: Option<usize>,
    pub(crate) fails_over: Option<usize>,
    /// How far the search index is behind.
    pub(crate) index_lag: TimeDelta,
    /// Content whose body the search cannot deliver.
    pub(crate) unsearchable: BTreeSet<u64>,
    pub(crate) ids_as_numbers: bool,
    /// The media host sends whole files, whatever range is asked for.
    pub(crate) ignores_ranges: bool,
    pub(crate) unknown_enums: bool,
    /// The ids of what no answer can hold.
    pub(crate) undeliverable: BTreeSet<String>,
    /// What is wrong with single pages, by id.
    pub(crate) quirks: BTreeMap<u64, Quirk>,
}

impl Troubles {
    pub(crate) fn arm(&mut self, trouble: Trouble, route: Option<String>, left: u32) {
        self.armed.push(Armed { trouble, route, left });
    }

    /// The fault that strikes a request.
    pub(crate) fn take(&mut self, target: &Target) -> Option<Trouble> {
        self.take_where(|armed| {
            let is_aimed = match &armed.route {
                Some(route) => *route == target.template,
                None => target.is_content,
            };
            is_aimed && armed.trouble.fits(target)
        })
    }

    /// Whether that very fault is armed; uses it up.
    pub(crate) fn take_exactly(&mut self, trouble: &Trouble) -> bool {
        self.take_where(|armed| armed.trouble == *trouble).is_some()
    }

    fn take_where(&mut self, strikes: impl Fn(&Armed) -> bool) -> Option<Trouble> {
        let index = self.armed.iter().position(strikes)?;
        let armed = &mut self.armed[index];
        let trouble = armed.trouble;
        armed.left = armed.left.saturating_sub(1);
        if armed.left == 0 {
            self.armed.remove(index);
        }
        Some(trouble)
    }

    /// Whether answers have to be rewritten before they leave.
    pub(crate) fn distorts(&self) -> bool {
        self.ids_as_numbers || self.unknown_enums || !self.quirks.is_empty()
    }
}
