//! A type as people write it.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// How much of it is kept, in bytes.
const MAX: usize = 128;

/// `&'static str`, `HashMap<String, u8>`.
pub(super) fn written(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    let text = text.trim_end();
    if text.len() <= MAX {
        return text.to_owned();
    }
    format!("{}...", otelier_core::cut(text, MAX - 3))
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut is_arrow = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Ident(ident) => word(&ident.to_string(), text),
            TokenTree::Literal(literal) => word(&literal.to_string(), text),
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    ',' | ';' => text.extend([punct.as_char(), ' ']),
                    '+' | '=' => text.extend([' ', punct.as_char(), ' ']),
                    '-' => text.push_str(" -"),
                    '>' if is_arrow => text.push_str("> "),
                    other => text.push(other),
                }
                is_arrow = punct.as_char() == '-';
                continue;
            }
        }
        is_arrow = false;
    }
}

fn word(word: &str, text: &mut String) {
    if text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '>') {
        text.push(' ');
    }
    text.push_str(word);
    if matches!(word, "dyn" | "impl" | "mut" | "const" | "as") {
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_type_is_written_as_people_write_it() {
        for text in [
            "u8",
            "&'static str",
            "&mut [u8]",
            "Option<Vec<(u8, String)>>",
            "[u8; 4]",
            "<T as Trait>::Item",
            "&dyn Fn(u8, &str) -> bool",
            "impl Iterator<Item = u8> + Send + 'static",
            "std::collections::HashMap<String, u8>",
            "*const u8",
            "for<'a> fn(&'a str) -> &'a str",
        ] {
            assert_eq!(written(text.parse().unwrap()), text);
        }
        let long = format!("Map<{}>", vec!["String"; 40].join(", "));
        let long = written(long.parse().unwrap());
        assert!(long.len() <= 128 && long.ends_with("..."), "{long}");
    }
}
