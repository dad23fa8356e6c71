//! Whatever comes in, Markdown comes out, in bounded time and space.

use std::fs;
use std::thread;
use std::time::Duration;

use millpond::convert::{Rendered, render};
use millpond::model::Body;
use proptest::prelude::*;

use crate::measure::corpus;
use crate::measure::mutation::{self, Random};

/// Renders as a worker of tokio's would, with its 2 MiB of stack. Quadratic time would not end within these seconds of
/// the processor, whatever else it has to do.
fn on_a_worker(body: String) -> Rendered {
    let start: String = body.chars().take(40).collect();
    let worker = thread::Builder::new().stack_size(2 << 20);
    let render = move || (render(&Body::Storage(body), &super::CONTEXT), processor_time());
    let (rendered, time) = worker.spawn(render).unwrap().join().unwrap();
    assert!(time < Duration::from_secs(20), "{start}: {time:?}");
    rendered
}

/// What this thread has used of the processor, where Linux counts it.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|count| count.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// `start` so many times, something inside, and `end` as often.
fn nested(start: &str, end: &str, depth: usize) -> String {
    format!("{}core{}", start.repeat(depth), end.repeat(depth))
}

#[test]
fn nesting_a_hundred_thousand_deep_keeps_its_words_on_a_workers_stack() {
    let depth = 100_000;
    for (start, end) in [
        ("<div>", "</div>"),
        ("<strong>", "</strong>"),
        ("<em><strong>", "</strong></em>"),
        ("<ul><li>", "</li></ul>"),
        ("<ol><li>x<p>", "</p></li></ol>"),
        ("<blockquote>", "</blockquote>"),
        ("<table><tbody><tr><td>", "</td></tr></tbody></table>"),
        ("<a href=\"x\">", "</a>"),
        ("<code><a href=\"x\">", "</a></code>"),
        ("<unknown>", "</unknown>"),
        ("<ac:unknown>", "</ac:unknown>"),
        (
            "<ac:structured-macro ac:name=\"info\"><ac:rich-text-body>",
            "</ac:rich-text-body></ac:structured-macro>",
        ),
        (
            "<ac:structured-macro ac:name=\"expand\"><ac:rich-text-body><p>",
            "</p></ac:rich-text-body></ac:structured-macro>",
        ),
        (
            "<ac:task-list><ac:task><ac:task-body>",
            "</ac:task-body></ac:task></ac:task-list>",
        ),
        ("<p>", ""),
        ("<h1>", "</h1>"),
    ] {
        let body = nested(start, end, depth);
        let limit = 4 * body.len();
        let rendered = on_a_worker(body);
        assert!(
            rendered.markdown.contains("core"),
            "{start}: {:.200}",
            rendered.markdown
        );
        assert!(
            rendered.markdown.len() < limit,
            "{start}: {} bytes",
            rendered.markdown.len()
        );
    }
}

#[test]
fn a_page_of_twenty_megabytes_renders_on_a_workers_stack() {
    let part = "<p>Some <strong>words</strong> &amp; <code>code</code></p><ul><li><p>an item</p></li></ul>\
        <table><tbody><tr><th>a</th></tr><tr><td>1 | 2</td></tr></tbody></table>";
    let rendered = on_a_worker(part.repeat(20_000_000 / part.len()));
    assert!(rendered.markdown.len() < 20_000_000);
    assert!(rendered.markdown.ends_with("| a |\n| --- |\n| 1 \\| 2 |\n"));
}

#[test]
fn a_claim_of_a_million_columns_is_not_believed() {
    let wide = "<table><tr><td colspan=\"1000000\" rowspan=\"99999999999999999999\">x</td></tr></table>";
    assert!(super::storage(wide).markdown.len() < 200);
    let ragged = format!(
        "<table><tr>{}</tr>{}</table>",
        "<td>x</td>".repeat(2000),
        "<tr><td>y</td></tr>".repeat(2000)
    );
    assert!(super::storage(&ragged).markdown.len() < 4 * ragged.len());
}

#[test]
fn repeated_broken_markup_costs_no_more_than_its_length() {
    for part in [
        "<!-- ",
        "<![CDATA[",
        "</p>",
        "<p",
        "&",
        "<a b='",
        "<?x ",
        "<!DOCTYPE ",
        "< ",
        "<li>",
        "<td>",
    ] {
        on_a_worker(part.repeat(200_000));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]


    #[test]
    fn any_text_renders(text in ".{0,400}") {
        super::storage(&text);
    }

    #[test]
    fn any_mixture_of_markup_renders_the_same_twice(parts in prop::collection::vec(part(), 0..60)) {
        let body = parts.concat();
        let rendered = super::storage(&body);
        prop_assert_eq!(&rendered, &super::storage(&body));
        let has_code = body.contains("CDATA") || body.contains("\"code\"");
        prop_assert!(has_code || !rendered.markdown.lines().any(|line| line.ends_with(' ')));
    }
}

/// Pieces of pages, so that random bodies are mostly markup.
fn part() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<strong>",
        "</strong>",
        "<em>",
        "</em>",
        "<code>",
        "</code>",
        "<ul>",
        "</ul>",
        "<ol start=\"9\">",
        "</ol>",
        "<li>",
        "</li>",
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th rowspan=\"2\">",
        "</th>",
        "<br />",
        "<hr />",
        "<h2>",
        "</h2>",
        "<blockquote>",
        "</blockquote>",
        "<a href=\"https://x.y/a b|c\">",
        "</a>",
        "&nbsp;",
        "&amp;",
        "&lt;",
        "<ac:structured-macro ac:name=\"code\">",
        "<ac:structured-macro ac:name=\"info\">",
        "<ac:structured-macro ac:name=\"v\">",
        "</ac:structured-macro>",
        "<ac:rich-text-body>",
        "</ac:rich-text-body>",
        "<ac:plain-text-body><![CDATA[",
        "]]></ac:plain-text-body>",
        "<ac:parameter ac:name=\"title\">",
        "</ac:parameter>",
        "<ac:task-list>",
        "</ac:task-list>",
        "<ac:task>",
        "</ac:task>",
        "<ac:task-body>",
        "</ac:task-body>",
        "<ac:link>",
        "</ac:link>",
        "<ri:page ri:content-title=\"T\" />",
        "<ac:image><ri:attachment ri:filename=\"a.png\" /></ac:image>",
        "<ac:emoticon ac:name=\"tick\" />",
        "*",
        "_",
        "`",
        "|",
        "\n",
        " ",
    ]);
    prop_oneof![4 => fixed.prop_map(str::to_owned), 1 => "[a-zA-Z0-9 .*_#\u{3002}\u{e9}-]{0,8}"]
}

#[test]
fn a_byte_order_mark_does_not_shift_what_follows() {
    assert_eq!(
        super::storage("\u{feff}a\0\u{a1}<\u{a1}").markdown,
        "a\u{fffd}\u{a1}<\u{a1}\n"
    );
}

#[test]
fn mutated_pages_render() {
    let Some(folder) = corpus::folder() else {
        eprintln!("mutated_pages_render: skipped, there is no corpus beside this checkout");
        return;
    };
    let paths = corpus::storage(&folder);
    let pages: Vec<String> = paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let mut random = Random::new(1);
    for page in &pages {
        let other = &pages[random.below(pages.len())];
        super::storage(&mutation::mutated(page, other, &mut random));
    }
}
