//! The hourly points of an app.

use super::Timestamp;

/// What an app has spent of its points in one UTC hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// Names the app.
    pub app: String,
    /// When the hour began.
    pub hour: Timestamp,
    /// How many points are spent.
    pub points: u64,
    /// Until when the server refuses the app, if it does.
    pub closed_until: Option<Timestamp>,
}

/// What is left of an app's points in the present hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// How many there are in an hour; nothing without a budget.
    pub per_hour: Option<u64>,
    /// How many are left; nothing without a budget, as long as the server has not said.
    pub left: Option<u64>,
    /// When there are new ones.
    pub returns_at: Timestamp,
}
