//! Puts the delimiters of bold, italic and struck text into a printed paragraph.
//!
//! `CommonMark` reads `**` as a delimiter only between the right neighbours: `**quote:**text` is plain text. Where
//! the neighbours are wrong, or two delimiters would melt into one run (`**a***b*`), HTML tags say the same.

use super::inline::Delimiter;

/// Which end of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Open,
    Close,
}

/// An end of a mark, at a byte of the text that has no delimiters yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joint {
    pub(super) at: usize,
    pub(super) delimiter: Delimiter,
    pub(super) edge: Edge,
}

impl Delimiter {
    fn sign(self) -> &'static str {
        match self {
            Self::Strong => "**",
            Self::Emphasis => "*",
            Self::Strike => "~~",
        }
    }

    fn character(self) -> char {
        if self == Self::Strike { '~' } else { '*' }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Emphasis => "em",
            Self::Strike => "del",
        }
    }
}

/// Each round can make neighbours of new tags fail; after this many, what still fails takes its pair along.
const MAX_ROUNDS: usize = 8;

/// Writes each joint as a delimiter where that parses, else as a tag.
pub(super) fn weave(text: String, joints: &[Joint]) -> String {
    if joints.is_empty() {
        return text;
    }
    let (partners, around) = nesting(joints);
    let mut weaver = Weaver {
        text: &text,
        joints,
        partners,
        around,
        is_tag: vec![false; joints.len()],
    };
    weaver.settle();
    weaver.print()
}

struct Weaver<'a> {
    text: &'a str,
    joints: &'a [Joint],
    /// For each joint the other end of its mark.
    partners: Vec<usize>,
    /// For each opening joint the one that opens the mark around it. Marks do not repeat inside themselves, so there
    /// are at most two.
    around: Vec<Option<usize>>,
    is_tag: Vec<bool>,
}

/// Marks nest, so a stack finds the pairs, and what is around each.
fn nesting(joints: &[Joint]) -> (Vec<usize>, Vec<Option<usize>>) {
    let mut partners: Vec<usize> = (0..joints.len()).collect();
    let mut around = vec![None; joints.len()];
    let mut open = Vec::new();
    for (index, joint) in joints.iter().enumerate() {
        if joint.edge == Edge::Open {
            around[index] = open.last().copied();
            open.push(index);
        } else if let Some(start) = open.pop() {
            partners[index] = start;
            partners[start] = index;
        }
    }
    (partners, around)
}

impl Weaver<'_> {
    fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let failing: Vec<usize> = (0..self.joints.len())
                .filter(|&index| !self.parses(index))
                .collect();
            if failing.is_empty() {
                return;
            }
            for index in failing {
                self.make_tag(index);
            }
        }
        self.is_tag.fill(true);
    }

    fn make_tag(&mut self, index: usize) {
        self.is_tag[index] = true;
        self.is_tag[self.partners[index]] = true;
    }

    fn parses(&self, index: usize) -> bool {
        if self.is_tag[index] {
            return true;
        }
        let before = self.neighbour(index, Side::Left);
        let after = self.neighbour(index, Side::Right);
        match self.joints[index].edge {
            Edge::Open => {
                let may_close = may_flank(before, after) && self.is_within_run(index);
                !before.is_behind_close && !may_close && is_flanking(after, before)
            }
            Edge::Close => is_flanking(before, after),
        }
    }

    /// Whether delimiters of the same character are open around the run, so that it might close them.
    fn is_within_run(&self, index: usize) -> bool {
        let joint = self.joints[index];
        let mut around = self.around[index];
        while let Some(outer) = around {
            let other = self.joints[outer];
            let is_same_sign = other.delimiter.character() == joint.delimiter.character();
            if is_same_sign && !self.is_tag[outer] && other.at < joint.at {
                return true;
            }
            around = self.around[outer];
        }
        false
    }

    /// What stands next to the run that the joint is part of.
    fn neighbour(&self, index: usize, side: Side) -> Neighbour {
        let joint = self.joints[index];
        let mut found = Neighbour::default();
        let mut at = index;
        while let Some(next) = side
            .step(at)
            .filter(|&next| self.joints.get(next).is_some_and(|other| other.at == joint.at))
        {
            let other = self.joints[next];
            if self.is_tag[next] {
                found.character = Some(if side == Side::Left { '>' } else { '<' });
                return found;
            }
            let is_same_run = other.delimiter.character() == joint.delimiter.character() && !found.is_beyond;
            found.is_beyond |= !is_same_run;
            found.is_behind_close |= is_same_run && other.edge == Edge::Close;
            at = next;
        }
        found.character = match side {
            Side::Left => self.text[..joint.at].chars().next_back(),
            Side::Right => self.text[joint.at..].chars().next(),
        };
        found
    }

    fn print(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + self.joints.len() * 2);
        let mut done = 0;
        for (index, joint) in self.joints.iter().enumerate() {
            out.push_str(&self.text[done..joint.at]);
            done = joint.at;
            match (self.is_tag[index], joint.edge) {
                (false, _) => out.push_str(joint.delimiter.sign()),
                (true, Edge::Open) => out.extend(["<", joint.delimiter.tag(), ">"]),
                (true, Edge::Close) => out.extend(["</", joint.delimiter.tag(), ">"]),
            }
        }
        out.push_str(&self.text[done..]);
        out
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl Side {
    fn step(self, index: usize) -> Option<usize> {
        match self {
            Self::Left => index.checked_sub(1),
            Self::Right => index.checked_add(1),
        }
    }
}

/// What stands next to a run of delimiters.
#[derive(Clone, Copy, Default)]
struct Neighbour {
    /// Nothing at the beginning and end of the paragraph.
    character: Option<char>,
    /// Delimiters of the other kind lie between. GitHub looks past `~`, `CommonMark` takes it for punctuation; so the
    /// run must be right either way.
    is_beyond: bool,
    /// The run closes a mark on this side: an opening one would melt into it.
    is_behind_close: bool,
}

/// Whether a run between these two is a delimiter.
fn is_flanking(inside: Neighbour, outside: Neighbour) -> bool {
    let is_free = outside
        .character
        .is_none_or(|character| character.is_whitespace() || is_punctuation(character));
    match inside.character {
        None => false,
        Some(inside) if inside.is_whitespace() => false,
        Some(character) => is_free || !(inside.is_beyond || may_be_punctuation(character)),
    }
}

/// Whether some reader could take a run between these two for a delimiter.
fn may_flank(inside: Neighbour, outside: Neighbour) -> bool {
    let is_free = outside
        .character
        .is_none_or(|character| !character.is_alphanumeric());
    let is_word = |character: char| !character.is_whitespace() && !is_punctuation(character);
    inside
        .character
        .is_some_and(|character| is_word(character) || is_free)
}

/// Everything that some version of Unicode might call punctuation or a symbol.
fn may_be_punctuation(character: char) -> bool {
    !character.is_alphanumeric()
}

/// What every version of Unicode calls punctuation or a symbol.
fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(character,
            '\u{a1}'..='\u{a9}' | '\u{ab}' | '\u{ac}' | '\u{ae}'..='\u{b1}' | '\u{b4}' | '\u{b6}'..='\u{b8}'
            | '\u{bb}' | '\u{bf}' | '\u{d7}' | '\u{f7}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}'
            | '\u{2190}'..='\u{23ff}' | '\u{2500}'..='\u{2775}' | '\u{2794}'..='\u{2b73}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}'
            | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6c5}')
}
