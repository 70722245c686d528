//! Rust as words: enough to see modules, imports and paths.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    /// A text, for the paths of modules.
    Text(String),
    /// `::`
    Sep,
    Mark(char),
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn is(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }
}

/// Reads what is neither comment nor white space.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if let Some((length, text)) = raw_text(rest) {
            tokens.push(Token::Text(text));
            length
        } else if first == '"' {
            let length = quoted(rest, '"');
            let text = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
            tokens.push(Token::Text(text.to_owned()));
            length
        } else if first == '\'' {
            quote(rest)
        } else if rest.starts_with("::") {
            tokens.push(Token::Sep);
            2
        } else if first.is_alphanumeric() || first == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Comments are in comments.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn raw_text(rest: &str) -> Option<(usize, String)> {
    let hashes = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let text = hashes.trim_start_matches('#');
    let end = format!("\"{}", &hashes[..hashes.len() - text.len()]);
    let text = text.strip_prefix('"')?;
    let length = text.find(&end)?;
    let start = rest.len() - text.len();
    Some((start + length + end.len(), text[..length].to_owned()))
}

/// The length of what is in quotes, with them.
fn quoted(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of a character, or of the quote of a lifetime.
fn quote(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let tokens = tokens(source);
        tokens
            .iter()
            .filter_map(|token| token.word().map(str::to_owned))
            .collect()
    }

    #[test]
    fn comments_texts_and_characters_hold_no_words() {
        let source = r##"
            // one
            /* two /* three */ */ a
            "four \" five" b 'c' '\'' d
            r#"six " seven"# fn e<'f>() {} b"eight"
        "##;
        assert_eq!(words(source), ["a", "b", "d", "fn", "e", "f", "b"]);
    }

    #[test]
    fn paths_are_words_with_separators() {
        let expected = [
            Token::Word("a".to_owned()),
            Token::Sep,
            Token::Mark('{'),
            Token::Word("b".to_owned()),
            Token::Mark('}'),
        ];
        assert_eq!(tokens("a::{b}"), expected);
    }
}
