//! Progress bars: one for each site at work. They only show on a terminal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressFinish, ProgressStyle};

use crate::mirror::Advance;
use crate::model::Domain;

/// The bars of all sites at work.
pub(super) struct Progress {
    bars: Option<MultiProgress>,
    sites: Mutex<BTreeMap<Domain, ProgressBar>>,
}

impl Progress {
    /// Bars among `bars`, or none at all.
    pub(super) fn new(bars: Option<MultiProgress>) -> Self {
        Self {
            bars,
            sites: Mutex::default(),
        }
    }

    /// Shows how far the run of a site has come.
    pub(super) fn show(&self, domain: &Domain, advance: Advance) {
        let Some(bars) = &self.bars else { return };
        let Advance::Listed { mode, kind, items } = advance else {
            return self.end(domain);
        };
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = sites
            .entry(domain.clone())
            .or_insert_with(|| bars.add(new_bar(domain)));
        bar.set_message(format!("{mode} of {}s", kind.as_str()));
        bar.set_position(items);
    }

    /// Shows what the daemon does with a site.
    pub(super) fn follow(&self, domain: &Domain, state: &str, items: Option<u64>) {
        let Some(bars) = &self.bars else { return };
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = sites
            .entry(domain.clone())
            .or_insert_with(|| bars.add(new_bar(domain)));
        bar.set_message(state.to_owned());
        bar.set_position(items.unwrap_or_default());
    }

    /// Takes the bar of a site away: its run has ended.
    pub(super) fn end(&self, domain: &Domain) {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = sites.remove(domain) {
            bar.finish_and_clear();
        }
    }
}

/// A bar for one long piece of work: what is done of `total`, or simply what is done. Goes away when dropped.
pub(super) fn of_work(bars: Option<MultiProgress>, what: &'static str, total: Option<u64>) -> ProgressBar {
    let Some(bars) = bars else {
        return ProgressBar::hidden();
    };
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{spinner} {msg}: {human_pos} of {human_len}, {per_sec}, {eta} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {msg}: {human_pos} so far, {per_sec}",
        ),
    };
    let bar = bars.add(bar.with_message(what).with_finish(ProgressFinish::AndClear));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn new_bar(domain: &Domain) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_prefix(domain.to_string());
    // A total is unknown until the listing ends; a pace is what can be shown.
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} {prefix}: {msg}, {human_pos} so far, {per_sec}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}
