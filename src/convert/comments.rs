//! Comments that keep what Markdown cannot say, word for word.
//!
//! ```text
//! <!-- confluence:macro {"name":"vendor-x","params":{"opt":"a -\u002d\u003e b"}} -->
//! …body…
//! <!-- /confluence:macro -->
//! ```
//!
//! The JSON is on one line and can be read back exactly.

use serde_json::Value;

/// A value that keeps its order: parameters stand as the author's page has them.
pub(super) type Pairs = Vec<(String, Value)>;

/// The comment before a macro's body, or alone for a macro without one.
pub(super) fn open(kind: &str, heads: &[(&str, &str)], params: &Pairs) -> String {
    let mut fields: Vec<String> = heads
        .iter()
        .map(|(key, value)| field(key, &Value::from(*value)))
        .collect();
    if !params.is_empty() {
        let params: Vec<String> = params.iter().map(|(key, value)| field(key, value)).collect();
        fields.push(format!("\"params\":{{{}}}", params.join(",")));
    }
    format!(
        "<!-- confluence:{kind} {} -->",
        harmless(&format!("{{{}}}", fields.join(",")))
    )
}

/// The comment after a body.
pub(super) fn close(kind: &str) -> String {
    format!("<!-- /confluence:{kind} -->")
}

/// A remark for people.
pub(super) fn remark(topic: &str, text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("<!-- {topic}: {} -->", harmless(&text))
}

fn field(key: &str, value: &Value) -> String {
    format!("{}:{value}", Value::from(key))
}

/// Writes what could end the comment, or a table cell around it, as an escape that JSON reads back.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut before = ' ';
    for character in json.chars() {
        match character {
            '-' if before == '-' => out.push_str("\\u002d"),
            '>' => out.push_str("\\u003e"),
            '|' => out.push_str("\\u007c"),
            _ => out.push(character),
        }
        before = character;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::open;

    #[test]
    fn a_comment_cannot_be_ended_by_what_it_holds_and_reads_back_exactly() {
        let params = vec![
            (String::new(), json!("a --> b | c --- d")),
            ("at".to_owned(), json!({"page": "T"})),
        ];
        let comment = open("macro", &[("name", "vendor-x")], &params);
        let inner = comment
            .strip_prefix("<!-- confluence:macro ")
            .unwrap()
            .strip_suffix(" -->")
            .unwrap();
        assert!(
            !inner.contains("--") && !inner.contains('>') && !inner.contains('|'),
            "{inner}"
        );
        let read: serde_json::Value = serde_json::from_str(inner).unwrap();
        assert_eq!(read["params"][""], "a --> b | c --- d");
        assert_eq!(read["params"]["at"]["page"], "T");
    }
}
