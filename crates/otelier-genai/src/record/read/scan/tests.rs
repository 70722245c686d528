use proptest::prelude::*;

use super::*;

/// Takes everything down.
#[derive(Default)]
struct All(Vec<(String, String)>);

impl Sink for All {
    fn wants(&self, _: &[u8]) -> bool {
        true
    }

    fn value(&mut self, path: &[u8], value: &str) {
        let path = String::from_utf8_lossy(path).into_owned();
        self.0.push((path, value.to_owned()));
    }
}

fn scan(parts: &[&[u8]]) -> Vec<(String, String)> {
    let (mut scanner, mut all) = (Scanner::new(), All::default());
    for part in parts {
        scanner.feed(part, &mut all);
    }
    scanner.end(&mut all);
    all.0
}

#[test]
fn values_have_the_path_of_their_keys() {
    let text = r#"{"a":1,"b":{"c":"x\"y\u00e9\n","d":[{"e":true},{"e":null,"f":-1.5e3}]},"g":[1,"h"],"i":{}}"#;
    let expected = [
        ("a", "1"),
        ("b.c", "x\"yé\n"),
        ("b.d.e", "true"),
        ("b.d.f", "-1.5e3"),
        ("g", "1"),
        ("g", "h"),
    ];
    let expected = expected.map(|(path, value)| (path.to_owned(), value.to_owned()));
    assert_eq!(scan(&[text.as_bytes()]), expected);
}

#[test]
fn a_key_among_values_is_not_taken_for_one() {
    let text = br#"{"content":"\"model\":\"evil\"","x":["model","evil"],"model":"true"}"#;
    let found = scan(&[text]);
    let models: Vec<_> = found.iter().filter(|(path, _)| path == "model").collect();
    assert_eq!(models, [&("model".to_owned(), "true".to_owned())]);
}

#[test]
fn what_is_too_deep_too_long_or_never_ends_costs_nothing_but_itself() {
    let deep = "[{\"a\":".repeat(100_000);
    assert!(scan(&[deep.as_bytes()]).is_empty());
    let deep = ["{\"a\":".repeat(40), "1".to_owned(), "}".repeat(40)].concat();
    assert!(scan(&[deep.as_bytes()]).is_empty());
    let after = format!("{{\"x\":{deep},\"b\":2}}");
    assert_eq!(
        scan(&[after.as_bytes()]),
        [("b".to_owned(), "2".to_owned())]
    );
    let long = format!(
        "{{\"{}\":1,\"b\":\"{}\"}}",
        "k".repeat(4_096),
        "v".repeat(65_536)
    );
    let found = scan(&[long.as_bytes()]);
    assert!(
        found
            .iter()
            .all(|(path, value)| path.len() <= MAX_PATH && value.len() <= MAX_VALUE)
    );
    scan(&[&[b'}'; 1_000], &[b'"'; 999], b"\\", b"{]}[,,::"]);
}

#[test]
fn what_is_no_text_or_cut_reads_the_same_whole_and_split() {
    let long = [0xc3; 300];
    let text = [b"{\"k\xff\":\"", &long[..], b"\",\"m\":\"\xe9\"}"].concat();
    let whole = scan(&[&text]);
    assert_eq!((whole.len(), whole[1].1.as_str()), (2, "\u{fffd}"));
    assert_eq!(scan(&text.chunks(1).collect::<Vec<_>>()), whole);
}

proptest! {
    #[test]
    fn it_does_not_matter_where_a_text_is_split(
        text in r#"([\[\]{},:" \\u0a-fxé]|"a":|"b"|null|12\.5|\\"|\\u00e9){0,80}"#,
        at in any::<prop::sample::Index>(),
    ) {
        let bytes = text.as_bytes();
        let whole = scan(&[bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&scan(&single), &whole);
        let (one, other) = bytes.split_at(at.index(bytes.len() + 1));
        prop_assert_eq!(&scan(&[one, other]), &whole);
    }
}
