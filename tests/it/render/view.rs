//! The HTML of Confluence's own views becomes what its storage format becomes.

use std::fs;

use millpond::convert::render_html;

use crate::measure::{corpus, lost, reading};

fn view(html: &str) -> String {
    render_html(html, &super::CONTEXT).markdown
}

#[test]
fn what_confluence_made_of_its_elements_becomes_those_again() {
    for (html, markdown) in [
        (
            "<div class=\"confluence-information-macro confluence-information-macro-note\"><p class=\"title\">T</p>\
             <span class=\"confluence-information-macro-icon\"> </span>\
             <div class=\"confluence-information-macro-body\"><p>yellow</p></div></div>",
            "> [!WARNING]\n> **T**\n>\n> yellow\n",
        ),
        (
            "<pre class=\"syntaxhighlighter-pre\" data-syntaxhighlighter-params=\"brush: sql; gutter: false\">a &lt; b\n</pre>",
            "```sql\na < b\n```\n",
        ),
        (
            "<ul class=\"inline-task-list\"><li class=\"checked\" data-inline-task-id=\"1\">done</li>\
             <li data-inline-task-id=\"2\">open</li></ul>",
            "- [x] done\n- [ ] open\n",
        ),
        (
            "<p><a class=\"confluence-userlink user-mention\" data-account-id=\"1:2\" href=\"/x\">Ann</a> \
             <span class=\"status-macro aui-lozenge\">DONE</span> \
             <img class=\"emoticon\" data-emoji-fallback=\"🚀\" src=\"/x.png\"></p>",
            "[Ann](https://acme.atlassian.net/wiki/people/1:2) `DONE` 🚀\n",
        ),
        (
            "<img class=\"confluence-embedded-image\" data-linked-resource-default-alias=\"a b.png\" src=\"/t?x=1\" alt=\"\">",
            "![a b.png](https://acme.atlassian.net/wiki/download/attachments/4242/a%20b.png)\n",
        ),
        (
            "<div class=\"expand-container\"><div class=\"expand-control\"><span class=\"expand-control-text\">More</span></div>\
             <div class=\"expand-content\"><p>inside</p></div></div>",
            "<details>\n<summary>More</summary>\n\ninside\n\n</details>\n",
        ),
        (
            "<p>unclosed <b>tags<p>are HTML",
            "unclosed **tags**\n\n**are HTML**\n",
        ),
    ] {
        assert_eq!(view(html), markdown);
    }
}

#[test]
fn html_that_others_wrote_is_taken_at_its_word() {
    for (others, confluences, html) in [
        (
            "- a\n\n- b\n",
            "- a\n- b\n",
            "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
        ),
        (
            "**a <strong>b</strong>**\n",
            "**a b**\n",
            "<p><strong>a <strong>b</strong></strong></p>",
        ),
        ("*<em>a</em> b*\n", "*a b*\n", "<p><em><em>a</em> b</em></p>"),
    ] {
        assert_eq!(view(html), others);
        assert_eq!(
            view(&format!("<div class=\"confluence-x\"></div>{html}")),
            confluences
        );
        assert_eq!(super::storage(html).markdown, confluences);
    }
}

#[test]
fn a_link_without_text_keeps_where_it_leads() {
    assert_eq!(view("<p>a <a href=\"b.html\"></a> c</p>"), "a [](b.html) c\n");
    assert_eq!(
        view("<p>a <a href=\"https://b.example\"></a></p>"),
        "a <https://b.example>\n"
    );
}

#[test]
fn html_nested_a_hundred_thousand_deep_keeps_its_words() {
    let html = format!(
        "{}core{}",
        "<div><b>".repeat(100_000),
        "</b></div>".repeat(100_000)
    );
    assert_eq!(view(&html), "**core**\n");
}

#[test]
fn every_word_of_a_view_is_in_its_markdown() {
    let Some(folder) = corpus::folder() else {
        eprintln!(
            "every_word_of_a_view_is_in_its_markdown: skipped, there is no corpus beside this checkout"
        );
        return;
    };
    for path in corpus::files(&folder, &|path| path.ends_with("page.html")) {
        let html = fs::read_to_string(&path).unwrap();
        let found = reading::read(&reading::html(&view(&html))).words;
        let wanted = reading::read(&html).words;
        assert_eq!(lost(&wanted, &found), Vec::<&str>::new(), "{}", path.display());
    }
}
