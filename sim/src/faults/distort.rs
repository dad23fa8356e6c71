//! Rewrites answers into ones that a client should survive.

use serde_json::{Map, Value, json};

use super::Troubles;

/// What is wrong with one page in every answer that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    NullBody,
    Undecodable,
    Unidentifiable,
    UnknownStatus,
}

const ID_FIELDS: [&str; 5] = ["id", "spaceId", "parentId", "homepageId", "pageId"];

impl Troubles {
    /// Whether an answer holds what cannot be delivered: as an item of a listing, or as what it is about.
    pub(crate) fn hold_back(&self, body: &[u8]) -> bool {
        if self.undeliverable.is_empty() {
            return false;
        }
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let items = answer["results"].as_array().into_iter().flatten();
        let mut ids = items.chain([&answer]).filter_map(|item| {
            let names = ["id", "accountId"];
            names.into_iter().find_map(|name| item[name].as_str())
        });
        ids.any(|id| self.undeliverable.contains(id))
    }

    /// Rewrites a JSON answer. What is no JSON stays as it is.
    pub(crate) fn distort(&self, body: Vec<u8>) -> Vec<u8> {
        match serde_json::from_slice::<Value>(&body) {
            Ok(mut answer) => {
                self.distort_value(&mut answer);
                serde_json::to_vec(&answer).unwrap_or(body)
            }
            Err(_) => body,
        }
    }

    fn distort_value(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.distort_value(item)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|field| self.distort_value(field));
                self.distort_object(fields);
            }
            _ => {}
        }
    }

    fn distort_object(&self, fields: &mut Map<String, Value>) {
        let id = fields
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok());
        match id.and_then(|id: u64| self.quirks.get(&id)) {
            Some(Quirk::NullBody) => {
                fields.insert("body".to_owned(), Value::Null);
            }
            Some(Quirk::Undecodable) => {
                fields.insert("title".to_owned(), json!(42));
                fields.remove("version");
            }
            Some(Quirk::Unidentifiable) => {
                fields.insert("id".to_owned(), json!({ "oops": true }));
            }
            Some(Quirk::UnknownStatus) => {
                fields.insert("status".to_owned(), json!("quarantined"));
            }
            None => {}
        }
        if self.unknown_enums {
            for (name, unheard_of) in [
                ("type", "hologram"),
                ("parentType", "constellation"),
                ("accountType", "oracle"),
            ] {
                if fields.get(name).is_some_and(Value::is_string) {
                    fields.insert(name.to_owned(), json!(unheard_of));
                }
            }
        }
        if self.ids_as_numbers {
            for name in ID_FIELDS {
                let number = fields
                    .get(name)
                    .and_then(Value::as_str)
                    .and_then(|id| id.parse::<u64>().ok());
                if let Some(number) = number {
                    fields.insert(name.to_owned(), json!(number));
                }
            }
        }
    }
}
