//! Labels. Putting one on content is no edit: the version stays.

use super::LabelId;

/// A label of a site. Its prefix and its name together are unique there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Its identity within the site.
    pub id: LabelId,
    /// `global`, `my`, `team` or `system`: an open list.
    pub prefix: String,
    /// What people read.
    pub name: String,
}

/// In which order to list the labels of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOrder {
    /// By id: labels made meanwhile neither skip nor repeat any.
    Id,
    /// Last made first.
    NewestFirst,
}
