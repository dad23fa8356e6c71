//! Cursors: where a listing goes on, in base64 over JSON, as Atlassian writes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::state::Place;

use super::Refusal;

/// The place of the last item answered, in the order of its listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Such as `id` or `-modified-date`.
    pub(crate) order: String,
    pub(crate) place: (Place, u64),
    /// Counts the empty pages that were put in, so that no two cursors are equal.
    pub(crate) detours: u64,
}

impl Cursor {
    /// The text that clients hand back.
    pub(crate) fn encode(&self) -> String {
        let value = match &self.place.0 {
            Place::Number(number) => json!(number),
            Place::Text(text) => json!(text.as_ref()),
        };
        let mut fields = json!({
            "id": self.place.1.to_string(),
            "contentOrder": self.order,
            "contentOrderValue": value,
        });
        if self.detours > 0 {
            fields["detours"] = json!(self.detours);
        }
        STANDARD.encode(fields.to_string())
    }

    /// The cursor behind the text. One of a listing in another order does not count.
    pub(crate) fn decode(text: &str, order: &str) -> Result<Self, Refusal> {
        let fields: Option<Value> = STANDARD
            .decode(text)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        fields
            .and_then(|fields| Self::from_fields(&fields))
            .filter(|cursor| cursor.order == order)
            .ok_or_else(invalid)
    }

    fn from_fields(fields: &Value) -> Option<Self> {
        let place = match &fields["contentOrderValue"] {
            Value::String(text) => Place::Text(text.as_str().into()),
            value => Place::Number(value.as_i64()?),
        };
        Some(Self {
            order: fields["contentOrder"].as_str()?.to_owned(),
            place: (place, fields["id"].as_str()?.parse().ok()?),
            detours: fields["detours"].as_u64().unwrap_or_default(),
        })
    }
}

/// The refusal of a cursor that is none, or none any more.
pub(crate) fn invalid() -> Refusal {
    Refusal::BadRequest {
        title: "Provided value for 'cursor' is not the correct type. Expected type is Cursor.".to_owned(),
        detail: Some(
            "The provided cursor was not valid. You can get a new valid cursor by making the original pagination request again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use crate::state::Place;

    #[test]
    fn a_cursor_survives_the_journey() {
        for place in [Place::Number(302_737), Place::Text("Ärger & Ø?>".into())] {
            let cursor = Cursor {
                order: "-title".to_owned(),
                place: (place, 302_737),
                detours: 0,
            };
            assert_eq!(Cursor::decode(&cursor.encode(), "-title").unwrap(), cursor);
            assert!(Cursor::decode(&cursor.encode(), "title").is_err());
        }
        assert!(Cursor::decode("/wiki/api/v2/pages?cursor=abc", "id").is_err());
    }

    #[test]
    fn a_cursor_reads_like_the_real_ones() {
        let real = "eyJpZCI6IjMwMjczNyIsImNvbnRlbnRPcmRlciI6ImlkIiwiY29udGVudE9yZGVyVmFsdWUiOjMwMjczN30=";
        let cursor = Cursor::decode(real, "id").unwrap();
        assert_eq!(cursor.place, (Place::Number(302_737), 302_737));
    }
}
