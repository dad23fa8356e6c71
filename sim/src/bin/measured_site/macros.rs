//! Macros in storage format.

use std::fmt::Write as _;

use crate::dice::Dice;
use crate::words::Words;

/// Those with text in them.
const RICH: &[&str] = &[
    "info",
    "tip",
    "note",
    "warning",
    "panel",
    "expand",
    "ui-expand",
    "excerpt",
    "details",
    "section",
    "column",
    "localtabgroup",
    "localtab",
    "align",
    "center",
    "div",
    "span",
    "convertedtoblock",
    "vendor-frame",
];

/// Those with something in them that is no text.
const PLAIN: &[&str] = &[
    "noformat",
    "preformatted",
    "html",
    "html-bobswift",
    "markdown",
    "mermaid-cloud",
    "mermaid-macro",
    "mermaid",
    "mermaid-diagram",
    "plantuml",
    "plantumlrender",
    "mathblock",
    "easy-math-block",
    "latex",
    "mathinline",
    "eazy-math-inline",
    "easy-math-inline",
];

/// Those with parameters only: a name, and one of its parameters with a value.
const BARE: &[(&str, &str, &str)] = &[
    ("status", "title", "Done"),
    ("anchor", "", "here"),
    ("profile", "user", "712020:1"),
    ("widget", "url", "https://example.org/video"),
    ("iframe", "src", "https://example.org/board"),
    ("view-file", "name", "plan.docx"),
    ("viewpdf", "name", "plan.pdf"),
    ("viewdoc", "name", "plan.doc"),
    ("viewppt", "name", "plan.ppt"),
    ("viewxls", "name", "plan.xls"),
    ("multimedia", "name", "talk.mp4"),
    ("include", "", "Home"),
    ("excerpt-include", "", "Home"),
    ("jira", "key", "OPS-1"),
    ("jiraissues", "url", "https://example.org/issues"),
    ("drawio", "diagramName", "network"),
    ("inc-drawio", "diagramName", "network"),
    ("gliffy", "name", "network"),
    ("plantumlcloud", "filename", "classes"),
    ("markdown-from-attachment", "name", "readme.md"),
    ("vendor-chart", "colour", "blue"),
];

/// Those whose content is made anew at each view.
const DYNAMIC: &[&str] = &[
    "toc",
    "toc-zone",
    "children",
    "pagetree",
    "pagetreesearch",
    "recently-updated",
    "contentbylabel",
    "livesearch",
    "attachments",
    "gallery",
    "detailssummary",
    "tasks-report-macro",
    "blog-posts",
    "listlabels",
    "space-details",
    "roadmap",
    "chart",
    "contributors",
    "contributors-summary",
    "change-history",
    "content-report-table",
    "create-from-template",
    "favpages",
    "global-reports",
    "index",
    "labels",
    "navmap",
    "network",
    "popular-labels",
    "profile-picture",
    "recently-updated-dashboard",
    "related-labels",
    "rss",
    "spaces",
    "spacejump",
    "userlister",
    "jirachart",
    "jiraroadmap",
    "calendar",
];

/// Any macro at all, each as often as any other.
pub(crate) fn any(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    let mut chosen = dice.below(RICH.len() + PLAIN.len() + BARE.len() + DYNAMIC.len());
    if let Some(name) = RICH.get(chosen) {
        return rich(body, name, words, dice);
    }
    chosen -= RICH.len();
    if let Some(name) = PLAIN.get(chosen) {
        return plain(body, name, words, dice);
    }
    chosen -= PLAIN.len();
    match BARE.get(chosen) {
        Some((name, parameter, value)) => bare(body, name, parameter, value),
        None => bare(body, DYNAMIC[chosen - BARE.len()], "max", "10"),
    }
}

/// The one that is used most.
pub(crate) fn code(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    body.push_str(
        "<ac:structured-macro ac:name=\"code\" ac:schema-version=\"1\"><ac:parameter ac:name=\"language\">bash\
         </ac:parameter><ac:plain-text-body><![CDATA[",
    );
    for _ in 0..=dice.below(8) {
        let length = 10 + dice.below(50);
        let options = words.some(dice, length).replace(", ", " --");
        _ = writeln!(body, "{options} | tee \"$LOG\" && exit 1");
    }
    body.push_str("]]></ac:plain-text-body></ac:structured-macro>");
}

fn rich(body: &mut String, name: &str, words: &Words<'_>, dice: &mut Dice) {
    let length = 40 + dice.below(200);
    _ = write!(
        body,
        "<ac:structured-macro ac:name=\"{name}\"><ac:parameter ac:name=\"title\">{}</ac:parameter>\
         <ac:rich-text-body><p>{}</p></ac:rich-text-body></ac:structured-macro>",
        words.one(dice),
        words.some(dice, length),
    );
}

fn plain(body: &mut String, name: &str, words: &Words<'_>, dice: &mut Dice) {
    let length = 20 + dice.below(100);
    _ = write!(
        body,
        "<ac:structured-macro ac:name=\"{name}\"><ac:plain-text-body><![CDATA[{}]]></ac:plain-text-body>\
         </ac:structured-macro>",
        words.some(dice, length),
    );
}

fn bare(body: &mut String, name: &str, parameter: &str, value: &str) {
    _ = write!(
        body,
        "<ac:structured-macro ac:name=\"{name}\"><ac:parameter ac:name=\"{parameter}\">{value}</ac:parameter>\
         </ac:structured-macro>",
    );
}
