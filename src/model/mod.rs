//! The domain's words, as types. No I/O, no JSON, no SQL.

mod annex;
mod content;
mod detail;
mod disk;
mod fault;
mod id;
mod label;
mod points;
mod progress;
mod site;
mod time;
mod when;

pub use annex::{Annex, AnnexDetail, AnnexKind, AttachmentDetail, CommentDetail};
pub use content::{
    Body, Content, ContentKind, ContentStatus, EarlierVersion, Parent, Rejected, Space, User, Version,
};
pub use detail::{Carrier, Detail, LabelCensus, Looked, Property, Restriction};
pub use disk::DiskTrouble;
pub use fault::Fault;
pub use id::{AccountId, CloudId, ContentId, Domain, InvalidDomain, LabelId, RunId, SpaceId, SpaceKey};
pub use label::{Label, LabelOrder};
pub use points::{Balance, Spending};
pub use progress::{
    Checkpoint, Counts, Cursor, Finding, FindingKind, ListedKind, Outcome, SyncMode, Tally, Watermark,
};
pub use site::{GrantId, Site};
pub use time::{Clock, InvalidTimestamp, Timestamp};
pub use when::{InvalidWhen, When};
