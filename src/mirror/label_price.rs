//! Decides how labels are read: in the way that costs the fewest points, of which a request takes one, and an item of its
//! answer another. Pure: tested with a table.

use crate::model::{LabelCensus, Timestamp};

use super::PAGE_SIZE;
use super::delta::OVERLAP;

/// How labels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Each piece of content that is due is asked for its labels.
    PageByPage,
    /// Each label is asked for all that carries it.
    LabelByLabel,
    /// Each label is asked for what carries it and was modified lately.
    Lately(Lately),
}

/// How far back to look at what carries a label, last modified first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lately {
    /// What was modified before is not due.
    pub(super) reach: Timestamp,
    /// How many to ask for at first: as many as carry the usual label, and two behind them to see the end. What is on more
    /// is asked for twice as many each time.
    pub(super) limit: u16,
}

/// What each way costs.
pub(super) struct Price {
    pub(super) census: LabelCensus,
    /// How many listings tell what carries a label: pages, blog posts.
    pub(super) listings: u64,
}

impl Price {
    /// What is due, asked for page by page. It is taken to carry as many labels as the rest.
    fn page_by_page(&self) -> u64 {
        let LabelCensus {
            contents, uses, due, ..
        } = self.census;
        due + uses.saturating_mul(due) / contents.max(1)
    }

    /// The list of the labels, if there are so many.
    fn list(labels: u64) -> u64 {
        labels + 1 + labels / u64::from(PAGE_SIZE)
    }

    /// Everything, asked for label by label.
    fn label_by_label(&self, labels: u64) -> u64 {
        Self::list(labels) + labels * self.listings + self.census.uses
    }

    /// How often what was modified lately carries a label, if it does as often as the rest.
    fn lately_used(&self) -> u64 {
        let LabelCensus {
            contents,
            uses,
            modified_since,
            ..
        } = self.census;
        uses.saturating_mul(modified_since) / contents.max(1)
    }

    /// What was modified lately, asked for label by label. Of each a listing, with two items too many; or, where a label
    /// is on more than the usual, with half as many again.
    fn lately(&self, labels: u64) -> u64 {
        Self::list(labels) + labels * self.listings * 3 + self.lately_used() * 3 / 2
    }

    /// The cheapest way if there are so many labels.
    pub(super) fn way(&self, labels: u64) -> Way {
        let (by_page, by_label) = (self.page_by_page(), self.label_by_label(labels));
        match self.census.eldest_due {
            Some(eldest) if self.lately(labels) < by_page.min(by_label) => Way::Lately(Lately {
                reach: eldest.minus(OVERLAP),
                limit: self.first_limit(labels),
            }),
            _ if by_label < by_page => Way::LabelByLabel,
            _ => Way::PageByPage,
        }
    }

    /// How many to ask for at first of what carries a label and was modified lately.
    fn first_limit(&self, labels: u64) -> u16 {
        let usual = self.lately_used() / (labels * self.listings).max(1);
        u16::try_from(usual + 2).unwrap_or(PAGE_SIZE).min(PAGE_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::{Price, Way};
    use crate::model::LabelCensus;

    #[test]
    fn labels_are_read_in_the_way_that_costs_least() {
        for (contents, uses, due, modified_since, labels, listings, expected) in [
            // A first copy: everything is due, and nothing known of what it carries.
            (20_000, 0, 20_000, 20_000, 200, 2, "label by label"),
            (20_000, 0, 20_000, 20_000, 6_000, 2, "label by label"),
            (20_000, 0, 20_000, 20_000, 7_000, 2, "page by page"),
            (20_000, 0, 20_000, 20_000, 9_000, 1, "label by label"),
            // A sweep: everything is due, and everything known.
            (20_000, 60_000, 20_000, 20_000, 200, 2, "label by label"),
            // A delta: a few pages are due.
            (20_000, 60_000, 3, 3, 200, 2, "page by page"),
            (20_000, 400, 20, 20, 3, 1, "lately, 2 at first"),
            (20_000, 400, 12, 12, 3, 1, "page by page"),
            // Many pages are due.
            (20_000, 10_000, 4_000, 4_000, 200, 2, "lately, 7 at first"),
            (1_000_000, 20_000, 10_000, 10_000, 3, 1, "lately, 68 at first"),
            (20_000, 10_000, 15_000, 15_000, 200, 2, "label by label"),
            // With three labels on each page, nothing is saved.
            (20_000, 60_000, 4_000, 4_000, 200, 2, "page by page"),
            // One that was due for long: what was modified since is nearly everything.
            (20_000, 10_000, 3_000, 19_000, 200, 2, "page by page"),
            (20_000, 60_000, 19_500, 20_000, 200, 2, "label by label"),
            // A site without labels costs one request, however much is due.
            (20_000, 0, 2, 2, 0, 2, "label by label"),
            (20_000, 0, 1, 1, 0, 2, "page by page"),
            // Nothing is due.
            (20_000, 60_000, 0, 0, 200, 2, "page by page"),
            (0, 0, 0, 0, 0, 2, "page by page"),
        ] {
            let eldest_due = (due > 0).then(|| "2026-03-01T00:00:00Z".parse().unwrap());
            let census = LabelCensus {
                contents,
                uses,
                due,
                eldest_due,
                modified_since,
                labels,
            };
            let way = match (Price { census, listings }).way(labels) {
                Way::PageByPage => "page by page".to_owned(),
                Way::LabelByLabel => "label by label".to_owned(),
                Way::Lately(lately) => format!("lately, {} at first", lately.limit),
            };
            assert_eq!(way, expected, "{census:?} with {listings} listings");
        }
    }
}
