//! The HTML within Markdown, as tags, texts and comments.

use std::cell::RefCell;

use html5ever::Attribute;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token as Raw, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// A part of HTML.
#[derive(Debug)]
pub(super) enum Token {
    Open { name: String, attributes: Attributes },
    Close(String),
    Text(String),
    Comment(String),
}

#[derive(Debug)]
pub(super) struct Attributes(Vec<Attribute>);

impl Attributes {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|attribute| &*attribute.name.local == name)?;
        Some(&found.value)
    }

    /// A span of a cell: at least one, and no more than anybody would see.
    pub(super) fn span(&self, name: &str) -> usize {
        const MOST: usize = 100;
        let span = self.get(name).and_then(|span| span.parse().ok());
        span.unwrap_or(1).clamp(1, MOST)
    }
}

/// Reads HTML, whatever it is.
pub(super) fn tokens(html: &str) -> Vec<Token> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    // Nothing here stops for scripts.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Sink(RefCell<Vec<Token>>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Raw, _line: u64) -> TokenSinkResult<()> {
        let token = match token {
            Raw::TagToken(tag) if tag.kind == TagKind::StartTag => Token::Open {
                name: tag.name.to_string(),
                attributes: Attributes(tag.attrs),
            },
            Raw::TagToken(tag) => Token::Close(tag.name.to_string()),
            Raw::CharacterTokens(text) => Token::Text(text.to_string()),
            Raw::CommentToken(text) => Token::Comment(text.to_string()),
            _ => return TokenSinkResult::Continue,
        };
        self.0.borrow_mut().push(token);
        TokenSinkResult::Continue
    }
}
