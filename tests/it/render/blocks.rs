//! However lists, quotes, code and tables are put into each other, a reader of the Markdown sees the same.

use proptest::prelude::*;

use crate::measure::{reading, sameness};

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("<p>word</p>".to_owned()),
        2 => Just("<p>two <strong>words</strong><br />more</p>".to_owned()),
        1 => Just("<h3>head</h3>".to_owned()),
        1 => Just("<hr />".to_owned()),
        1 => Just("<pre><code>  let x;\n\n\n> - y\n</code></pre>".to_owned()),
        1 => Just("<p>1. - &gt; # x</p>".to_owned()),
    ]
}

/// Blocks within blocks.
fn block() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 30, 4, |inner| {
        let blocks = prop::collection::vec(inner, 1..4).prop_map(|blocks| blocks.concat());
        let item = prop_oneof![3 => blocks.clone(), 1 => Just("bare".to_owned()), 1 => Just(String::new())];
        let items = prop::collection::vec(item.prop_map(|item| format!("<li>{item}</li>")), 1..4);
        let items = items.prop_map(|items| items.concat());
        let cell = blocks.clone().prop_map(|blocks| format!("<td>{blocks}</td>"));
        prop_oneof![
            3 => items.clone().prop_map(|items| format!("<ul>{items}</ul>")),
            2 => (prop::sample::select(vec![0, 1, 9, 99]), items)
                .prop_map(|(start, items)| format!("<ol start=\"{start}\">{items}</ol>")),
            2 => blocks.prop_map(|blocks| format!("<blockquote>{blocks}</blockquote>")),
            1 => (cell.clone(), cell).prop_map(|(one, two)| format!("<table><tr>{one}{two}</tr></table>")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn blocks_within_blocks_read_the_same(blocks in prop::collection::vec(block(), 1..4)) {
        let html = blocks.concat();
        let markdown = super::storage(&html).markdown;
        let returned = reading::html(&markdown);
        prop_assert_eq!(sameness::meaning(&html), sameness::meaning(&returned), "{}\n{}", html, markdown);
    }
}
