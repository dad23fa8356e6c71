//! What a person types, as a query of the index.
//!
//! Words must all occur, in any order; `"…"` asks for a phrase, `word*` for a beginning, `-word` for absence, `a OR b` for
//! one of two. Everything a person can type means something: nothing is a syntax error.

use super::{alt, fold};

/// More terms than anyone types; what lies beyond is left out.
const MOST_TERMS: usize = 64;
/// Shorter beginnings would match a good part of all words.
const SHORTEST_PREFIX: usize = 3;

/// A query: one term of every group must occur, none of the excluded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    groups: Vec<Vec<Term>>,
    excluded: Vec<Term>,
}

#[derive(Debug, PartialEq, Eq)]
struct Term {
    text: String,
    is_prefix: bool,
}

/// Consecutive words to highlight, as the index compares them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) words: Vec<String>,
    /// Whether the last word may go on.
    pub(super) is_prefix: bool,
}

/// A piece of the input.
enum Token<'a> {
    Or,
    Term {
        text: &'a str,
        is_excluded: bool,
        is_prefix: bool,
    },
}

impl Query {
    /// Understands what was typed.
    pub(super) fn parse(typed: &str) -> Self {
        let mut query = Self::default();
        let mut is_alternative = false;
        for token in tokens(typed).take(MOST_TERMS) {
            match token {
                Token::Or => is_alternative = !query.groups.is_empty(),
                Token::Term {
                    text,
                    is_excluded,
                    is_prefix,
                } => {
                    let Some(term) = Term::new(text, is_prefix) else {
                        continue;
                    };
                    query.add(term, is_excluded, is_alternative);
                    is_alternative = false;
                }
            }
        }
        query
    }

    fn add(&mut self, term: Term, is_excluded: bool, is_alternative: bool) {
        match self.groups.last_mut() {
            _ if is_excluded => self.excluded.push(term),
            Some(group) if is_alternative => group.push(term),
            _ => self.groups.push(vec![term]),
        }
    }

    /// The query in the language of FTS5. Nothing if it asks for nothing: absence alone is no question.
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

    /// What to highlight.
    pub(super) fn needles(&self) -> Vec<Needle> {
        self.groups.iter().flatten().map(Term::needle).collect()
    }
}

fn any_of(terms: &[Term]) -> String {
    let terms: Vec<String> = terms.iter().map(Term::expression).collect();
    format!("({})", terms.join(" OR "))
}

impl Term {
    /// The term, unless nothing in it could be found.
    fn new(text: &str, is_prefix: bool) -> Option<Self> {
        // NUL would end the query in the middle of a quoted word.
        let text = text
            .trim_end_matches('*')
            .replace(|c: char| c == '"' || c.is_control(), " ");
        let last = alt::words(&text).last()?;
        let is_prefix = is_prefix && last.chars().count() >= SHORTEST_PREFIX;
        Some(Self { text, is_prefix })
    }

    fn expression(&self) -> String {
        if self.text.chars().any(alt::is_unspaced) {
            return self.pairs();
        }
        let star = if self.is_prefix { "*" } else { "" };
        match alt::spelled_out(&self.text) {
            Some(spelled) => format!("(\"{}\"{star} OR \"{spelled}\"{star})", self.text),
            None => format!("\"{}\"{star}", self.text),
        }
    }

    /// For scripts without spaces: the pairs of each run in a row, as `alt` holds them.
    fn pairs(&self) -> String {
        let runs: Vec<String> = alt::words(&self.text)
            .flat_map(alt::runs)
            .map(|run| {
                let chars: Vec<char> = run.chars().collect();
                match chars.as_slice() {
                    [first, ..] if !alt::is_unspaced(*first) => format!("\"{run}\""),
                    [one] => format!("alt : \"{one}\"*"),
                    _ => {
                        let pairs: Vec<String> = chars.windows(2).map(|pair| pair.iter().collect()).collect();
                        format!("alt : \"{}\"", pairs.join(" "))
                    }
                }
            })
            .collect();
        format!("({})", runs.join(" AND "))
    }

    fn needle(&self) -> Needle {
        Needle {
            words: alt::words(&self.text).map(fold::folded).collect(),
            is_prefix: self.is_prefix,
        }
    }
}

fn tokens(typed: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = typed;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let (token, tail) = token(rest)?;
        rest = tail;
        Some(token)
    })
}

/// The first piece of the input, and what follows it.
fn token(input: &str) -> Option<(Token<'_>, &str)> {
    if input.is_empty() {
        return None;
    }
    let (is_excluded, input) = match input.strip_prefix('-') {
        Some(tail) if !tail.starts_with(char::is_whitespace) => (true, tail),
        _ => (false, input),
    };
    let (text, tail) = match input.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => input.split_at(
            input
                .find(|c: char| c.is_whitespace() || c == '"')
                .unwrap_or(input.len()),
        ),
    };
    if text == "OR" && !is_excluded && !input.starts_with('"') {
        return Some((Token::Or, tail));
    }
    let (is_prefix, tail) = match tail.strip_prefix('*') {
        Some(tail) => (true, tail),
        None => (text.ends_with('*'), tail),
    };
    let term = Token::Term {
        text,
        is_excluded,
        is_prefix,
    };
    Some((term, tail))
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn expression(typed: &str) -> String {
        Query::parse(typed).expression().unwrap_or_default()
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
            ("会議室 京", r#"((alt : "会議 議室")) AND ((alt : "京"*))"#),
            ("東京Tower", r#"((alt : "東京" AND "Tower"))"#),
        ] {
            assert_eq!(expression(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_means_nothing_is_left_out() {
        for typed in ["", "  ", "-word", "OR", "\"", "++ -- ()", "* \" *", "-"] {
            assert_eq!(expression(typed), "", "{typed}");
        }
        assert_eq!(expression("OR a OR"), r#"("a")"#);
        assert_eq!(expression("a\0b\" c"), r#"("a b") AND (" c")"#);
    }
}
