//! What a person types, as a query of the index.
//!
//! Words must all occur, in any order; `"…"` asks for a phrase, `word*` for a beginning, `-word` for absence, `a OR b` for
//! one of two, `title:word` for a word of the title; other names before a colon narrow the search. Everything a person
//! can type means something: nothing is a syntax error, and what is no filter is words.

mod token;

use crate::model::Timestamp;

use super::filter::Filter;
use super::{alt, fold};
use token::{Text, Token, tokens};

/// More terms than anyone types; what lies beyond is left out.
const MOST_TERMS: usize = 64;
/// Shorter beginnings would match a good part of all words.
const SHORTEST_PREFIX: usize = 3;
/// Where `alt` and what is like it stands.
const ALTERNATIVES: &str = "{alt labels comments files}";

/// A query: one term of every group must occur, none of the excluded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    groups: Vec<Vec<Term>>,
    excluded: Vec<Term>,
    /// What else it is narrowed to, and whether that is what must not be.
    pub(super) filters: Vec<(Filter, bool)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    text: String,
    is_prefix: bool,
    /// Only in the title.
    is_of_title: bool,
}

/// Consecutive words to highlight, as the index compares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) words: Vec<String>,
    /// Whether the last word may go on.
    pub(super) is_prefix: bool,
}

impl Query {
    /// Understands what was typed. What counts from now is only understood if it is known when that is.
    pub(super) fn parse(typed: &str, now: Option<Timestamp>) -> Self {
        let mut query = Self::default();
        let mut is_alternative = false;
        for token in tokens(typed).take(MOST_TERMS) {
            match token {
                Token::Or => is_alternative = !query.groups.is_empty(),
                Token::Text(text) => {
                    if let Some(filter) = text.filter(now) {
                        query.filters.push((filter, text.is_excluded));
                    } else if let Some(term) = text.term() {
                        query.add(term, text.is_excluded, is_alternative);
                        is_alternative = false;
                    }
                }
            }
        }
        query
    }

    /// Asks for a title with these words, too.
    pub(super) fn with_title(&mut self, typed: &str) {
        for token in tokens(typed).take(MOST_TERMS) {
            if let Token::Text(text) = token
                && let Some(term) = Term::new(text.whole, text.is_prefix, true)
            {
                self.add(term, text.is_excluded, false);
            }
        }
    }

    fn add(&mut self, term: Term, is_excluded: bool, is_alternative: bool) {
        match self.groups.last_mut() {
            _ if is_excluded => self.excluded.push(term),
            Some(group) if is_alternative => group.push(term),
            _ => self.groups.push(vec![term]),
        }
    }

    /// The query in the language of FTS5. Nothing if it asks for no words: absence alone is no question.
    pub(super) fn expression(&self) -> Option<String> {
        if self.groups.is_empty() {
            return None;
        }
        let groups: Vec<String> = self.groups.iter().map(|group| any_of(group)).collect();
        let wanted = groups.join(" AND ");
        if self.excluded.is_empty() {
            return Some(wanted);
        }
        Some(format!("({wanted}) NOT {}", any_of(&self.excluded)))
    }

    /// The groups, for who looks at one after the other.
    pub(super) fn groups(&self) -> &[Vec<Term>] {
        &self.groups
    }

    /// Whether it asks for words by their beginning, each of which the index finds by walking all that begin so.
    pub(super) fn has_prefix(&self) -> bool {
        self.groups.iter().flatten().any(|term| term.is_prefix)
    }

    /// Whether whatever has all its groups in title or labels is a match.
    pub(super) fn is_met_by_titles(&self) -> bool {
        let mut terms = self.groups.iter().flatten();
        self.excluded.is_empty() && terms.all(|term| !term.is_of_title)
    }

    /// Whether it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.filters.is_empty()
    }

    /// The single words it asks for, as typed.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let terms = self.groups.iter().flatten().filter(|term| !term.is_prefix);
        terms.flat_map(|term| alt::words(&term.text))
    }

    /// What to highlight.
    pub(super) fn needles(&self) -> Vec<Needle> {
        self.groups.iter().flatten().map(Term::needle).collect()
    }
}

/// One of the terms, in the language of FTS5.
pub(super) fn any_of(terms: &[Term]) -> String {
    let terms: Vec<String> = terms.iter().map(Term::expression).collect();
    format!("({})", terms.join(" OR "))
}

/// One of the terms in a title or label, for the index of those.
pub(super) fn any_of_titles(terms: &[Term]) -> String {
    let terms: Vec<String> = terms.iter().map(Term::plainly).collect();
    format!("({})", terms.join(" OR "))
}

impl Text<'_> {
    fn filter(&self, now: Option<Timestamp>) -> Option<Filter> {
        Filter::named(self.name?, self.value, now)
    }

    fn term(&self) -> Option<Term> {
        let is_of_title = self.name.is_some_and(|name| name.eq_ignore_ascii_case("title"));
        let of_title = is_of_title
            .then(|| Term::new(self.value, self.is_prefix, true))
            .flatten();
        of_title.or_else(|| Term::new(self.whole, self.is_prefix, false))
    }
}

impl Term {
    /// The term, unless nothing in it could be found.
    fn new(text: &str, is_prefix: bool, is_of_title: bool) -> Option<Self> {
        // NUL would end the query in the middle of a quoted word.
        let text = text
            .trim_end_matches('*')
            .replace(|c: char| c == '"' || c.is_control(), " ")
            .trim()
            .to_owned();
        let last = alt::words(&text).last()?;
        let is_prefix = is_prefix && last.chars().count() >= SHORTEST_PREFIX;
        Some(Self {
            text,
            is_prefix,
            is_of_title,
        })
    }

    fn expression(&self) -> String {
        if self.is_of_title {
            // Pairs of ideographs stand in `alt`, which does not tell titles from bodies.
            return format!("(title : {})", self.everywhere("alt"));
        }
        self.everywhere(ALTERNATIVES)
    }

    /// What tells how many have the term without walking all of it: expressions that all of those have. Of a phrase,
    /// these are its words.
    pub(super) fn counted(&self) -> Vec<String> {
        let words: Vec<&str> = alt::words(&self.text).collect();
        if words.len() == 1 || self.is_prefix || self.text.chars().any(alt::is_unspaced) {
            return vec![self.expression()];
        }
        words.iter().map(|word| format!("\"{word}\"")).collect()
    }

    fn plainly(&self) -> String {
        format!("\"{}\"{}", self.text, if self.is_prefix { "*" } else { "" })
    }

    fn everywhere(&self, alternatives: &str) -> String {
        if self.text.chars().any(alt::is_unspaced) {
            return self.pairs(if self.is_of_title {
                "{title alt}"
            } else {
                alternatives
            });
        }
        let star = if self.is_prefix { "*" } else { "" };
        let mut ways = vec![self.plainly()];
        ways.extend(alt::spelled_out(&self.text).map(|spelled| format!("\"{spelled}\"{star}")));
        if !self.is_of_title {
            ways.extend(
                self.parts()
                    .map(|parts| format!("{alternatives} : \"{parts}\"{star}")),
            );
        }
        match ways.as_slice() {
            [one] => one.clone(),
            ways => format!("({})", ways.join(" OR ")),
        }
    }

    /// The parts of an identifier: who asks for `userName` also means `getUserName`.
    fn parts(&self) -> Option<String> {
        let mut parts = String::new();
        let mut start = 0;
        for at in alt::seams(&self.text) {
            parts = parts + &self.text[start..at] + " ";
            start = at;
        }
        (start > 0).then(|| parts + &self.text[start..])
    }

    /// For scripts without spaces: the pairs of each run in a row, as `alt` holds them.
    fn pairs(&self, alternatives: &str) -> String {
        let runs: Vec<String> = alt::words(&self.text)
            .flat_map(alt::runs)
            .map(|run| {
                let chars: Vec<char> = run.chars().collect();
                match chars.as_slice() {
                    [first, ..] if !alt::is_unspaced(*first) => format!("\"{run}\""),
                    [one] => format!("{alternatives} : \"{one}\"*"),
                    _ => {
                        let pairs: Vec<String> = chars.windows(2).map(|pair| pair.iter().collect()).collect();
                        format!("{alternatives} : \"{}\"", pairs.join(" "))
                    }
                }
            })
            .collect();
        format!("({})", runs.join(" AND "))
    }

    pub(super) fn needle(&self) -> Needle {
        Needle {
            words: alt::words(&self.text).map(fold::folded).collect(),
            is_prefix: self.is_prefix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Query};
    use crate::model::Timestamp;

    fn now() -> Timestamp {
        "2026-11-08T12:00:00Z".parse().unwrap()
    }

    fn expression(typed: &str) -> String {
        let query = Query::parse(typed, Some(now()));
        query.expression().unwrap_or_default()
    }

    #[test]
    fn what_is_typed_becomes_a_query() {
        for (typed, expected) in [
            ("on call", r#"("on") AND ("call")"#),
            (r#""on call" now"#, r#"("on call") AND ("now")"#),
            ("a OR b c", r#"("a" OR "b") AND ("c")"#),
            ("deploy* de*", r#"("deploy"*) AND ("de")"#),
            (r#""blue green"*"#, r#"("blue green"*)"#),
            ("on -call -\"x y\"", r#"(("on")) NOT ("call" OR "x y")"#),
            ("Straße", r#"(("Straße" OR "Strasse"))"#),
            (
                "会議室 京",
                r#"(({alt labels comments files} : "会議 議室")) AND (({alt labels comments files} : "京"*))"#,
            ),
            (
                "東京Tower",
                r#"(({alt labels comments files} : "東京" AND "Tower"))"#,
            ),
            ("max_connections", r#"("max_connections")"#),
            ("foo.bar()", r#"("foo.bar()")"#),
            ("ENG-123", r#"("ENG-123")"#),
            (
                "userName",
                r#"(("userName" OR {alt labels comments files} : "user Name"))"#,
            ),
            ("title:plan roll", r#"((title : "plan")) AND ("roll")"#),
            (r#"title:"on call"*"#, r#"((title : "on call"*))"#),
            ("on -title:call", r#"(("on")) NOT ((title : "call"))"#),
            ("foo:bar http://x.y", r#"("foo:bar") AND ("http://x.y")"#),
            (
                "since:someday type:banana is:fine",
                r#"("since:someday") AND ("type:banana") AND ("is:fine")"#,
            ),
            ("space: x", r#"("space:") AND ("x")"#),
        ] {
            assert_eq!(expression(typed), expected, "{typed}");
        }
    }

    #[test]
    fn names_before_a_colon_narrow_the_search() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let text = str::to_owned;
        for (typed, expected) in [
            ("space:ENG", vec![(Filter::Space(text("ENG")), false)]),
            (
                "SPACE:~ada -label:Old",
                vec![
                    (Filter::Space(text("~ada")), false),
                    (Filter::Label(text("Old")), true),
                ],
            ),
            (
                r#"author:"Ada Lovelace""#,
                vec![(Filter::Author(text("Ada Lovelace")), false)],
            ),
            (
                "type:blog type:Page",
                vec![
                    (Filter::Kind(text("blogpost")), false),
                    (Filter::Kind(text("page")), false),
                ],
            ),
            (
                "since:2026-11-01",
                vec![(Filter::Since(at("2026-11-01T00:00:00Z")), false)],
            ),
            (
                "since:7d",
                vec![(Filter::Since(at("2026-11-01T12:00:00Z")), false)],
            ),
            (
                "until:yesterday",
                vec![(Filter::Until(at("2026-11-07T00:00:00Z")), false)],
            ),
            (
                "site:Acme.atlassian.net",
                vec![(Filter::Site(text("acme.atlassian.net")), false)],
            ),
            (
                "is:archived is:gone",
                vec![(Filter::Archived, false), (Filter::Gone, false)],
            ),
        ] {
            let query = Query::parse(typed, Some(now()));
            assert_eq!(query.filters, expected, "{typed}");
            assert_eq!(query.expression(), None, "{typed}");
        }
        assert!(
            Query::parse("since:7d", None).filters.is_empty(),
            "it is not known when now is"
        );
    }

    #[test]
    fn what_means_nothing_is_left_out() {
        for typed in [
            "", "  ", "-word", "OR", "\"", "++ -- ()", "* \" *", "-", ":", "::",
        ] {
            assert_eq!(expression(typed), "", "{typed}");
        }
        assert_eq!(expression("OR a OR"), r#"("a")"#);
        assert_eq!(expression("a\0b\" c"), r#"("a b") AND ("c")"#);
    }
}
