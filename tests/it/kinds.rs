//! Every kind of content, by the real program against the simulated site.

mod costs;
mod everything;
mod labels;
mod life;
mod people;
mod properties;
mod spaces;
mod stubs;

/// Everything that a grant can allow, for apps that mirror every kind.
pub(crate) const ALL_SCOPES: [&str; 16] = [
    "offline_access",
    "read:me",
    "read:page:confluence",
    "read:space:confluence",
    "read:user:confluence",
    "read:label:confluence",
    "read:attachment:confluence",
    "read:comment:confluence",
    "read:folder:confluence",
    "read:whiteboard:confluence",
    "read:database:confluence",
    "read:embed:confluence",
    "read:hierarchical-content:confluence",
    "read:content.metadata:confluence",
    "read:content-details:confluence",
    "read:group:confluence",
];
