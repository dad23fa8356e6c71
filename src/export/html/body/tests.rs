//! Whatever a page says, a browser finds nothing in it to run, to load or to be led astray by.

use html5ever::driver::ParseOpts;
use html5ever::tendril::TendrilSink as _;
use html5ever::{QualName, local_name, ns, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use proptest::prelude::{prop, prop_assert, proptest};

use super::html;
use crate::export::dialect::Outline;

#[test]
fn markdown_becomes_html() {
    for (markdown, expected) in [
        (
            "**a** `b<c>`\n",
            "<p><strong>a</strong> <code>b&lt;c&gt;</code></p>",
        ),
        ("[a](b.html#c)\n", "<p><a href=\"b.html#c\">a</a></p>"),
        (
            "![a](b.png \"t\")\n",
            "<p><img src=\"b.png\" alt=\"a\" title=\"t\" /></p>",
        ),
        ("H<sub>2</sub>O\n", "<p>H<sub>2</sub>O</p>"),
        ("<!-- confluence:macro {} -->\n\nx\n", "<p>x</p>"),
        (
            "> [!WARNING]\n> x\n",
            "<blockquote class=\"markdown-alert-warning\"><p class=\"kind\">Warning</p><p>x</p></blockquote>",
        ),
        (
            "| a |\n| ---: |\n| 1 |\n",
            "<div class=\"table\"><table><thead><tr><th class=\"right\">a</th></tr></thead><tbody><tr><td class=\"right\">1</td></tr></tbody></table></div>",
        ),
        (
            "![a](https://example.com/b.png)\n",
            "<p><a class=\"away\" href=\"https://example.com/b.png\">image: a</a></p>",
        ),
        (
            "[![a](https://example.com/b.png)](https://example.com)\n",
            "<p><a href=\"https://example.com\">image: a</a></p>",
        ),
        (
            "[plan](x/plan.svg)\n",
            "<p>plan <img src=\"x/plan.svg\" alt=\"\"></p>",
        ),
        (
            "[a](javascript:alert%281%29) [b](data:text/html,x) [c](<java\tscript:x>) ![d](data:image/png;base64,x)\n",
            "<p>a b c image: d</p>",
        ),
        ("[a][r] ![b][r]\n\n[r]: //example.com/x\n", "<p>a image: b</p>"),
        (
            "<a@example.com>\n",
            "<p><a href=\"mailto:a@example.com\">a@example.com</a></p>",
        ),
        ("a <u>b\n\nc\n", "<p>a <u>b</u></p><p>c</p>"),
        (
            "<script>alert(1)</script>\n",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        (
            "x <img src=x onerror=alert(1)>\n",
            "<p>x &lt;img src=x onerror=alert(1)&gt;</p>",
        ),
        (
            "<details>\n<summary>More</summary>\n\n- x\n\n</details>\n",
            "<details><summary>More</summary><ul><li>x</li></ul></details>",
        ),
    ] {
        let found = html(markdown, None).replace('\n', "");
        assert_eq!(found, expected, "{markdown}");
    }
}

#[test]
fn headings_are_called_what_links_to_them_say() {
    let markdown = "## A b\n\n## A b\n\n<a id=\"here\"></a>\n";
    let outline = Outline::of("A b", markdown);
    let found = html(markdown, Some(&outline));
    assert!(
        found.contains("<h2 id=\"a-b-1\">A b</h2>\n<h2 id=\"a-b-2\">"),
        "{found}"
    );
    assert!(found.contains("<a id=\"here\"></a>"), "{found}");
}

/// The elements that may come out, and their attributes.
const ALLOWED: [(&str, &[&str]); 42] = [
    ("a", &["href", "id", "title", "class"]),
    ("b", &[]),
    ("blockquote", &["class"]),
    ("br", &[]),
    ("code", &["class"]),
    ("del", &[]),
    ("details", &[]),
    ("div", &["class"]),
    ("em", &[]),
    ("h1", &["id"]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("hr", &[]),
    ("html", &[]),
    ("i", &[]),
    ("img", &["src", "alt", "title"]),
    ("input", &["type", "disabled", "checked"]),
    ("ins", &[]),
    ("kbd", &[]),
    ("li", &[]),
    ("ol", &["start"]),
    ("p", &["class"]),
    ("pre", &[]),
    ("s", &[]),
    ("strong", &[]),
    ("sub", &[]),
    ("summary", &[]),
    ("sup", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["colspan", "rowspan", "class"]),
    ("th", &["colspan", "rowspan", "class"]),
    ("thead", &[]),
    ("tr", &[]),
    ("u", &[]),
    ("ul", &[]),
    ("main", &[]),
    ("body", &[]),
    ("head", &[]),
];

/// What a browser would find in the page that it should not. The page goes on behind the text.
fn harm(text: &str) -> Option<String> {
    let page = format!("<main>{text}</main><i>end</i>");
    let context = QualName::new(None, ns!(html), local_name!("body"));
    let dom = parse_fragment(RcDom::default(), ParseOpts::default(), context, Vec::new(), false).one(page);
    let mut open: Vec<Handle> = vec![dom.document.clone()];
    while let Some(node) = open.pop() {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == &*name.local) else {
                return Some(format!("<{}>", name.local));
            };
            for attribute in attrs.borrow().iter() {
                let (name, value) = (&*attribute.name.local, &*attribute.value);
                if !allowed.contains(&name)
                    || (name == "src" && !stays(value))
                    || (name == "href" && !leads(value))
                {
                    return Some(format!("{name}={value}"));
                }
            }
        }
        open.extend(node.children.borrow().iter().cloned());
    }
    None
}

/// Whether an image is asked of nobody.
fn stays(address: &str) -> bool {
    let page = url::Url::parse("https://here.invalid/a/b").unwrap();
    page.join(address)
        .is_ok_and(|url| url.host_str() == Some("here.invalid") && url.scheme() == "https")
}

fn leads(address: &str) -> bool {
    let page = url::Url::parse("https://here.invalid/a/b").unwrap();
    page.join(address)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "ftp" | "ftps" | "mailto" | "tel"))
}

/// What an attacker would try, in pieces.
const PIECES: [&str; 58] = [
    "<script>",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src=//e.com>",
    "<style>",
    "</style>",
    "<u",
    " onclick=\"x\"",
    " style=\"x\"",
    ">",
    "<",
    "</",
    "<td",
    " colspan=\"2\"",
    " rowspan='1'",
    "<a id=\"",
    "\"",
    "'",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "<details>",
    "</details>",
    "<summary>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "[a](",
    ")",
    "javascript:alert(1)",
    "data:text/html,<b>",
    "//example.com/x.png",
    "\\\\example.com\\x",
    "![i](",
    "https://example.com/x.png",
    "x/y.svg",
    "java&#10;script:x",
    "&#x6a;avascript:x",
    "\n",
    "\n\n",
    "- ",
    "> ",
    "    ",
    "```\n",
    "| a |\n| ---: |\n| ",
    "`",
    "*",
    "[r]",
    "\n\n[r]: javascript:x\n\n",
    "\n\n[r]: //example.com/y\n\n",
    "<https://e.com>",
    "</main>",
];

proptest! {
    #[test]
    fn nothing_that_a_page_says_runs_or_loads_anything(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..24)
    ) {
        let markdown = pieces.concat();
        let outline = Outline::of("t", &markdown);
        let found = html(&markdown, Some(&outline));
        let harm = harm(&found);
        prop_assert!(harm.is_none(), "{:?} in {} made of {:?}", harm, found, markdown);
    }

    #[test]
    fn no_text_at_all_does_harm(markdown in "\\PC{0,60}") {
        let found = html(&markdown, None);
        prop_assert!(harm(&found).is_none(), "{} made of {:?}", found, markdown);
    }
}
