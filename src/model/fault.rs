//! Who or what has to change before something can succeed.

use serde::{Deserialize, Serialize};

/// Who or what has to change before something can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Time heals it.
    Passing,
    /// A person must consent, to more or again.
    Consent,
    /// The configuration is wrong, or a secret that it names.
    Settings,
    /// Something else.
    Other,
}
