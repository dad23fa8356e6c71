//! The handles by which a test or a demonstration drives the simulation.

mod account;
mod atlassian;
mod extras;
mod page;
mod site;
mod snapshot;
mod space;

pub use account::Account;
pub use atlassian::{Atlassian, Builder};
pub use extras::{Attachment, Comment};
pub use page::Page;
pub use site::Site;
pub use snapshot::{AnnexSnapshot, PageSnapshot};
pub use space::Space;
