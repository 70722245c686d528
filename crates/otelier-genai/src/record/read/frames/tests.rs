use proptest::prelude::*;

use super::*;

const APIS: [Api; 5] = [
    Api::OpenAi,
    Api::Responses,
    Api::Anthropic,
    Api::Gemini,
    Api::Ollama,
];

/// What is read of parts: how many parts of an answer, what is known, and what went wrong.
fn read(api: Api, framing: Framing, parts: &[&[u8]]) -> (usize, Option<Answer>, Option<String>) {
    let mut reader = Reader::gathering(api, framing);
    let ended: usize = parts.iter().map(|part| reader.feed(part)).sum();
    let ended = ended + reader.end();
    let error = reader.error().map(ToOwned::to_owned);
    (ended, reader.news(), error)
}

fn ended(framing: Framing, body: &str) -> usize {
    let whole = read(Api::OpenAi, framing, &[body.as_bytes()]);
    let single: Vec<_> = body.as_bytes().chunks(1).collect();
    assert_eq!(read(Api::OpenAi, framing, &single), whole, "{body:?}");
    whole.0
}

#[test]
fn an_event_ends_with_an_empty_line_however_lines_end() {
    for (body, events) in [
        ("data: {}\n\ndata: {}\n\n", 2),
        ("data: {}\r\rdata: {}\r\r", 2),
        ("data: {}\r\n\r\ndata: {}\r\n\r\n", 2),
        ("data: {}\n\r\ndata: {}\r\n\n", 2),
        ("data: {\r\ndata: }\n\n", 1),
        ("data: {}\n", 1),
        ("\u{feff}data: {}\n\n", 1),
        ("\n\r\r\n\n: x\n\nevent: y\n\n", 0),
        ("data: [DONE]\n\n", 0),
        ("datax: {}\n\ndat: {}\n\n", 0),
    ] {
        assert_eq!(ended(Framing::Events, body), events, "{body:?}");
    }
    assert_eq!(ended(Framing::Lines, "\u{feff}{}\n\n{}\r\n{}"), 3);
}

proptest! {
    #[test]
    fn it_does_not_matter_where_a_body_is_split(
        body in r#"(\x{feff}|\r|\n|\r\n|data:|data: |event: error|: |\[DONE\]|[\[\]{},:]|"usage":|"prompt_tokens":|"error":|"code":|"id":|"choices":|"finish_reason":|"x"|"stop"|18446744073709551615|7|null|é){0,60}"#,
        at in any::<prop::sample::Index>(),
    ) {
        let bytes = body.as_bytes();
        for api in APIS {
            for framing in [Framing::Whole, Framing::Lines, Framing::Events] {
                let whole = read(api, framing, &[bytes]);
                let single: Vec<_> = bytes.chunks(1).collect();
                prop_assert_eq!(&read(api, framing, &single), &whole);
                let (one, other) = bytes.split_at(at.index(bytes.len() + 1));
                prop_assert_eq!(&read(api, framing, &[one, other]), &whole);
            }
        }
    }
}
