//! What hangs on content.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{ContentId, Label, LabelId, Rejected};

use super::{Id, decode, id_of, required};

/// Which content an item is: all that counts of what carries a label.
pub(in crate::confluence) fn content_id(item: &RawValue) -> Result<ContentId, Rejected> {
    id_of(item, "id").map(ContentId::new).ok_or_else(|| Rejected {
        id: None,
        space: None,
        reason: "`id` is missing".to_owned(),
    })
}

/// Decodes a label.
pub(in crate::confluence) fn label(item: &RawValue) -> Result<Label, Rejected> {
    decode(item, |raw: RawLabel| {
        Ok(Label {
            id: LabelId::new(required(raw.id, "id")?.0),
            prefix: raw
                .prefix
                .filter(|prefix| !prefix.is_empty())
                .unwrap_or_else(|| "global".to_owned()),
            name: required(raw.name, "name")?,
        })
    })
}

#[derive(Deserialize)]
struct RawLabel {
    id: Option<Id>,
    name: Option<String>,
    prefix: Option<String>,
}
