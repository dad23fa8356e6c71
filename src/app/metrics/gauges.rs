//! Gauges that are read once and then forgotten.

use prometheus::core::Collector as _;
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, Opts};

/// The values of its labels, and what it says.
pub(super) type Reading = (Vec<String>, f64);

/// All that was read.
#[derive(Default)]
pub(super) struct Gauges(Vec<MetricFamily>);

impl Gauges {
    /// Adds the readings of a gauge; one without readings is left out.
    pub(super) fn add(
        &mut self,
        name: &str,
        help: &str,
        labels: &[&str],
        readings: impl IntoIterator<Item = Reading>,
    ) -> Result<(), prometheus::Error> {
        let gauge = GaugeVec::new(Opts::new(name, help), labels)?;
        for (labels, value) in readings {
            gauge.get_metric_with_label_values(&labels)?.set(value);
        }
        let families = gauge.collect().into_iter();
        self.0
            .extend(families.filter(|family| !family.get_metric().is_empty()));
        Ok(())
    }

    pub(super) fn families(self) -> Vec<MetricFamily> {
        self.0
    }
}
