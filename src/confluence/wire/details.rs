//! What hangs on content.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Carrier, ContentId, Label, LabelId, Property, Rejected, Restriction};

use super::{Id, decode, id_of, lenient, reason, required};

/// Which content an item is, and when it was modified: all that counts of what carries a label. However odd the rest
/// of it, it carries the label.
pub(in crate::confluence) fn carrier(item: &RawValue) -> Result<Carrier, Rejected> {
    let id = id_of(item, "id").map(ContentId::new).ok_or_else(|| Rejected {
        id: None,
        space: None,
        reason: "`id` is missing".to_owned(),
    })?;
    let dated: Result<RawDated, _> = serde_json::from_str(item.get());
    let modified_at = dated.ok().and_then(|dated| dated.version.created_at);
    Ok(Carrier {
        id,
        modified_at: modified_at.and_then(|at| at.parse().ok()),
    })
}

#[derive(Deserialize)]
struct RawDated {
    version: RawSaved,
}

#[derive(Deserialize)]
struct RawSaved {
    #[serde(rename = "createdAt")]
    created_at: Option<String>,
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

/// Decodes a property. Its value is JSON of any kind, and is kept as the site wrote it.
pub(in crate::confluence) fn property(item: &RawValue) -> Result<Property, Rejected> {
    decode(item, |raw: RawProperty<'_>| {
        Ok(Property {
            key: required(raw.key, "key")?,
            value: raw.value.map_or("null", RawValue::get).to_owned(),
            version: raw.version.number.unwrap_or(1),
        })
    })
}

#[derive(Deserialize)]
struct RawProperty<'a> {
    key: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    version: RawNumber,
}

#[derive(Default, Deserialize)]
struct RawNumber {
    number: Option<u32>,
}

/// Accounts and groups that may read something.
pub(in crate::confluence) struct Readers(pub(in crate::confluence) Vec<Restriction>);

impl Readers {
    /// How many there are, of accounts or of groups: more may follow where it is as many as were asked for.
    pub(in crate::confluence) fn most_of_a_kind(&self) -> usize {
        let groups = self.0.iter().filter(|reader| reader.is_group).count();
        groups.max(self.0.len() - groups)
    }
}

/// Decodes who may read something.
pub(in crate::confluence) fn readers(item: &RawValue) -> Result<Readers, String> {
    let raw: RawRestriction = serde_json::from_str(item.get()).map_err(|error| reason(&error))?;
    let restrictions = required(raw.restrictions, "restrictions")?;
    let mut readers = Vec::new();
    for user in restrictions.user.results {
        readers.push(Restriction {
            is_group: false,
            id: required(user.account_id, "restrictions.user.accountId")?,
            name: user.display_name.unwrap_or_default(),
        });
    }
    for group in restrictions.group.results {
        let name = group.name.unwrap_or_default();
        readers.push(Restriction {
            is_group: true,
            id: group.id.unwrap_or_else(|| name.clone()),
            name,
        });
    }
    Ok(Readers(readers))
}

#[derive(Deserialize)]
struct RawRestriction {
    restrictions: Option<RawRestrictions>,
}

#[derive(Deserialize)]
struct RawRestrictions {
    #[serde(default, deserialize_with = "lenient")]
    user: RawUsers,
    #[serde(default, deserialize_with = "lenient")]
    group: RawGroups,
}

#[derive(Default, Deserialize)]
struct RawUsers {
    results: Vec<RawReader>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReader {
    account_id: Option<String>,
    display_name: Option<String>,
}

#[derive(Default, Deserialize)]
struct RawGroups {
    results: Vec<RawGroup>,
}

#[derive(Deserialize)]
struct RawGroup {
    id: Option<String>,
    name: Option<String>,
}
