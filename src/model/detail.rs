//! What is looked up about content, because listings do not tell it.

/// Something that belongs to content and that changes without an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// Its labels.
    Labels,
}

impl Detail {
    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Labels => "labels",
        }
    }
}

/// What decides how labels are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelCensus {
    /// Content that lives in the mirror and can carry labels.
    pub contents: u64,
    /// How often content carries a label, as far as the mirror knows.
    pub uses: u64,
    /// Content whose labels are to be looked up.
    pub due: u64,
    /// Labels that the site had when they were last listed.
    pub labels: u64,
}
