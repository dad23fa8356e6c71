use insta::assert_snapshot;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

use super::lines;
use crate::cli::output::Screen;

fn plain(markdown: &str, width: usize) -> String {
    lines(markdown, screen(width, false)).join("\n")
}

fn coloured(markdown: &str, width: usize) -> String {
    lines(markdown, screen(width, true)).join("\n")
}

fn screen(width: usize, has_colours: bool) -> Screen {
    Screen {
        width,
        height: 24,
        has_colours,
    }
}

const EVERYTHING: &str = r#"## Restart the *pump*

> [!CAUTION]
> Only when the gate is **closed**, and never while somebody is standing in the chamber below it.

1. Log in to `pump-1`, see [Access](https://acme.atlassian.net/wiki/display/OPS/Access)

2. Run:

   ```bash
   pump --restart
   ```

- one
  - two
    - three
- [x] done by [@Ada](https://acme.atlassian.net/wiki/people/1)
- [ ] Automate it by 2026-05-01

| Pump | State |
| :--- | ---: |
| 1 | `Running` |
| the second | stands still until the spring, when the ice is gone<br>or later |

| | |
| --- | --- |
| no | header |

<table>
<tr>
<th>

Lock

</th>
<th colspan="2">

Dates and *times*

</th>
</tr>
<tr>
<td rowspan="2">

- Lith
- Grave

</td>
<td>

```text
08:00
```

</td>
<td>open</td>
</tr>
<tr>
<td>

18:00

</td>
<td></td>
</tr>
</table>

<details>
<summary>More &amp; more</summary>

Hidden <u>under</u> H<sub>2</sub>O.

</details>

<!-- confluence:macro {"name":"toc"} -->

<!-- confluence:macro {"name":"excerpt"} -->

kept

<!-- /confluence:macro -->

![](https://acme.atlassian.net/wiki/download/attachments/1/winch%20plan.png?api=v2)
***
The end\
of it.
"#;

#[test]
fn a_page_is_laid_out_for_the_width_of_the_screen() {
    assert_snapshot!("at_60_columns", plain(EVERYTHING, 60));
    assert_snapshot!("at_30_columns", plain(EVERYTHING, 30));
}

#[test]
fn links_are_links_and_code_has_a_colour() {
    let shown = coloured("[Ä page](https://acme.atlassian.net/wiki/x/Ä) and `code`", 80);
    assert_eq!(
        shown,
        "\u{1b}]8;;https://acme.atlassian.net/wiki/x/%C3%84\u{1b}\\\u{1b}[34;4mÄ page\u{1b}[0m\u{1b}]8;;\u{1b}\\ \
         and \u{1b}[36mcode\u{1b}[0m"
    );
}

#[test]
fn a_page_cannot_write_control_characters() {
    for hostile in [
        "a\u{1b}[31mred\u{7}",
        "&#27;[31mred",
        "`a\u{9b}31m`",
        "[a](https://x.y/&#27;]8;;evil&#27;\\)",
        "![&#7;](&#27;c)",
        "<img src=\"&#27;c\"> <a href=\"&#27;c\">x</a>",
        "```&#27;c\n\u{1b}c\n```",
        "<!-- confluence:macro {\"name\":\"\\u001bc\"} -->",
        "<details><summary>&#27;c</summary>\n\n&#27;c\n\n</details>",
    ] {
        assert!(
            !plain(hostile, 40).contains(|c: char| c.is_control() && c != '\n'),
            "{hostile}"
        );
        let sequences = coloured(hostile, 40);
        let bare = anstream::adapter::strip_str(&sequences).to_string();
        assert!(
            !bare.contains(|c: char| c.is_control() && c != '\n'),
            "{hostile}: {bare:?}"
        );
        assert!(
            !sequences.contains("\u{1b}[31m") && !sequences.contains("\u{1b}c"),
            "{hostile}"
        );
    }
}

#[test]
fn ideographs_break_anywhere_but_before_a_full_stop() {
    assert_eq!(
        plain("閘門は閉じている。水位を見よ", 16),
        "閘門は閉じてい\nる。水位を見よ"
    );
}

#[test]
fn a_table_that_does_not_fit_becomes_records() {
    let table = "| Name | Responsibility | Telephone |\n| --- | --- | --- |\n| Ada | everything | 12345678 |\n| Bo | | 9 |";
    assert_eq!(
        plain(table, 24),
        "Name: Ada\nResponsibility:\neverything\nTelephone: 12345678\n────────────────────\nName: Bo\nTelephone: 9"
    );
}

#[test]
fn nesting_without_end_is_cut_off_rather_than_followed() {
    let tables = "<table><tr><td>\n\n".repeat(200) + "deep";
    let quotes = "> ".repeat(5_000) + "deep";
    let lists = (0..300)
        .map(|depth| " ".repeat(depth * 2) + "- deep\n")
        .collect::<String>();
    for markdown in [tables, quotes, lists] {
        let shown = plain(&markdown, 200);
        assert!(shown.contains("deep"), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_text_it_fits_and_no_word_is_lost(
        parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..40),
        width in 40_usize..100,
    ) {
        let shown = plain(&parts.concat(), width);
        for line in shown.lines() {
            prop_assert!(line.width() <= width, "{line:?} at {width}");
        }
        let words = parts.iter().filter(|part| part.contains("word")).count();
        prop_assert_eq!(shown.matches("word").count(), words);
    }
}

/// Pieces of the dialect, whole and broken. None takes a word away.
const PARTS: [&str; 21] = [
    "word ",
    "\n",
    "\n\n",
    "**",
    "*",
    "> ",
    "- ",
    "1. ",
    "| a | b |\n| --- | --- |\n",
    "| word | b |\n",
    "<table>\n",
    "</table>\n",
    "<tr>",
    "</tr>",
    "\n<td colspan=\"3\" rowspan=\"2\">\n\n",
    "\n\n</td>",
    "<details>\n\n",
    "</details>\n\n",
    "<br>",
    "## word\n",
    "- [ ] word\n",
];
