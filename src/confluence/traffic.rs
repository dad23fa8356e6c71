//! How many requests are sent to the sites, how they end, and how long that takes.

use std::fmt;
use std::time::Duration;

use prometheus::core::Collector as _;
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, HistogramVec};

/// In seconds: from what a cached answer takes to what a request with many bodies may take.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// The requests of all connections. Clones count together.
#[derive(Clone)]
pub struct Traffic(HistogramVec);

impl Traffic {
    /// Nothing was sent yet.
    pub fn new() -> Result<Self, prometheus::Error> {
        let help = "Requests to the sites: how long they took, by route and status, which is `none` where no answer came";
        let options = HistogramOpts::new("millpond_request_seconds", help).buckets(BUCKETS.to_vec());
        HistogramVec::new(options, &["route", "status"]).map(Self)
    }

    /// Takes note of a request that has ended.
    pub(super) fn note(&self, route: &str, status: Option<u16>, took: Duration) {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        let of_its_sort = self.0.with_label_values(&[route, status.as_str()]);
        of_its_sort.observe(took.as_secs_f64());
    }

    /// What was counted, as Prometheus has it.
    pub fn families(&self) -> Vec<MetricFamily> {
        self.0.collect()
    }
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traffic")
    }
}
