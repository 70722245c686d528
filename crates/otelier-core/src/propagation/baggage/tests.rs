//! Everything here is what a caller sends and a callee gets.

use opentelemetry::{Key, KeyValue, baggage::KeyValueMetadata};
use proptest::prelude::*;

use super::*;

fn come_in(lines: &[&str]) -> Context {
    let bytes: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
    let cx = Context::new();
    read(bytes, &cx).unwrap_or(cx)
}

fn passed(lines: &[&str]) -> String {
    write(&come_in(lines)).unwrap_or_default()
}

fn value(cx: &Context, key: &str) -> Option<String> {
    cx.baggage().get(key).map(|value| value.as_str().to_owned())
}

/// The baggage of a context with some members set by the service.
fn set(cx: &Context, members: &[(&'static str, &'static str)]) -> Context {
    let kept = cx.baggage().iter().map(|(key, (value, metadata))| {
        KeyValueMetadata::new(key.clone(), value.clone(), metadata.as_str())
    });
    let new = members
        .iter()
        .map(|(key, value)| KeyValueMetadata::new(*key, *value, ""));
    cx.with_baggage(kept.chain(new).collect::<Vec<_>>())
}

#[test]
fn members_of_others_leave_as_they_came() {
    for member in [
        "key=a=b==",
        "k=100%25",
        "k=%252C",
        "k=%20leading",
        "k=trailing%20",
        "k=%FF",
        "k=a%2Cb%3Bc",
        "k=%e4%bd%a0",
        "k=100%",
        "k=%zz%2",
        "k=",
        "k=v;p",
        "k=v;p=a%20b;q",
        "k\t= v ; p = %3B",
        "%41=v",
        "!#$%&'*+-.^_`|~=v",
        "k=/[]{}()<>@?:!'*",
        "k=1,k=2,j=3,k=4",
        "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false",
    ] {
        assert_eq!(passed(&[member]), member);
    }
}

#[test]
fn headers_become_one_list_without_the_blanks_between_members() {
    assert_eq!(
        passed(&["a=1 ,\tb=2", "c=3", "", ",, d=4,"]),
        "a=1,b=2,c=3,d=4"
    );
}

#[test]
fn a_bad_member_costs_only_itself() {
    for bad in [
        "b",
        "=1",
        "b c=1",
        "b=1 2",
        "b=\"1\"",
        "b=1\\2",
        "b(=1",
        "b=1;",
        "b=1;;p",
        "b=1;=p",
        "b=1;p q",
        "b=1;p=\"q\"",
        "b=\u{7f}",
        "b=é",
        "é=1",
        "b=1;p=é",
    ] {
        assert_eq!(passed(&[&format!("a=1,{bad},c=3")]), "a=1,c=3", "{bad:?}");
        assert_eq!(passed(&[bad]), "", "{bad:?}");
    }
    let raw: [&[u8]; 2] = [b"a=1,b=\xff,c=3", b"\xc3,d=4"];
    let cx = read(raw, &Context::new()).unwrap();
    assert_eq!(write(&cx).unwrap(), "a=1,c=3,d=4");
}

#[test]
fn the_service_sees_what_is_meant() {
    for (sent, meant) in [
        ("k=a=b==", "a=b=="),
        ("k=100%25", "100%"),
        ("k=%252C", "%2C"),
        ("k= %20x ", " x"),
        ("k=%FF", "\u{fffd}"),
        ("k=a%C3%A9%C3b", "aé\u{fffd}b"),
        ("k=%e4%BD%a0", "你"),
        ("k=%", "%"),
        ("k=%4", "%4"),
        ("k=%+1", "%+1"),
        ("k=", ""),
        ("k=1,k=2", "2"),
    ] {
        assert_eq!(
            value(&come_in(&[sent]), "k").as_deref(),
            Some(meant),
            "{sent}"
        );
    }
    // Keys are not encoded, and case matters.
    let cx = come_in(&["%41=1,a=2,A=3"]);
    for (key, meant) in [("%41", "1"), ("a", "2"), ("A", "3")] {
        assert_eq!(value(&cx, key).as_deref(), Some(meant));
    }
    let cx = come_in(&["k=v ; p = 1;q "]);
    let (_, metadata) = cx.baggage().get_with_metadata("k").unwrap();
    assert_eq!(metadata.as_str(), "p = 1;q");
}

#[test]
fn what_the_service_changes_is_written_anew_and_nothing_else() {
    let cx = come_in(&["a=%31;p,b=2=2,c=%33"]);
    let changed = set(&cx, &[("b", "a, \"b\"; 100% = é"), ("z", "1"), ("y", "2")]);
    assert_eq!(
        write(&changed).unwrap(),
        "a=%31;p,b=a%2C%20%22b%22%3B%20100%25%20%3D%20%C3%A9,c=%33,y=2,z=1"
    );
    // Set to what it was, it is as it was.
    assert_eq!(
        write(&set(&cx, &[("c", "3")])).unwrap(),
        "a=%31;p,b=2=2,c=%33"
    );
}

#[test]
fn what_the_service_takes_out_is_not_sent() {
    let cx = come_in(&["a=1,b=2,a=3"]);
    let left: Vec<_> = cx
        .baggage()
        .iter()
        .filter(|(key, _)| key.as_str() != "a")
        .collect();
    let left = left
        .into_iter()
        .map(|(key, (value, _))| KeyValue::new(key.clone(), value.clone()));
    assert_eq!(
        write(&cx.with_baggage(left.collect::<Vec<_>>())).unwrap(),
        "b=2"
    );
    assert_eq!(write(&cx.with_cleared_baggage()), None);
    assert_eq!(write(&Context::new()), None);
}

#[test]
fn of_equal_keys_that_are_changed_one_is_left() {
    let cx = come_in(&["k=1,a=2,k=3"]);
    assert_eq!(write(&set(&cx, &[("k", "4")])).unwrap(), "k=4,a=2");
}

#[test]
fn metadata_of_the_service_cannot_break_the_list() {
    let metadata = "p=a b,c=d\r\n;q ; =r;s t;é;u=%20;v=é";
    let member = KeyValueMetadata::new("k", "v", metadata);
    let cx = Context::new().with_baggage([member]);
    let sent = write(&cx).unwrap();
    assert_eq!(sent, "k=v;p=a%20b%2Cc=d%0D%0A;q;u=%20;v=%C3%A9");
    assert_eq!(passed(&[&sent]), sent);
}

#[test]
fn there_are_at_most_64_members_and_8192_bytes() {
    let list = |members: usize| {
        let members: Vec<_> = (0..members).map(|n| format!("k{n}=v")).collect();
        members.join(",")
    };
    assert_eq!(passed(&[&list(64)]), list(64));
    assert_eq!(passed(&[&list(70)]), list(64));

    let long = format!("k={}", "v".repeat(MAX_BYTES - 2));
    assert_eq!(passed(&[&long]), long);
    // What does not fit is left out whole.
    assert_eq!(passed(&[&format!("a=1,{long},b=2")]), "a=1,b=2");
    let most = format!("k={},b=2", "v".repeat(MAX_BYTES - 6));
    assert_eq!(passed(&[&most, "c=3"]), most);

    // What grows by being encoded, too.
    let grown = KeyValue::new(Key::new("a"), " ".repeat(MAX_BYTES / 3 + 1));
    let cx = Context::new().with_baggage([grown, KeyValue::new("b", "2")]);
    assert_eq!(write(&cx).unwrap(), "b=2");
}

/// Lists that are nearly right.
fn nearly() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,60}",
        "([a-c%]{1,2} ?= ?[a-c%=, 0-9A-F]{0,9}(;[a-c]{0,2}(=[a-c% ]{0,3})?)?,?){0,20}",
        ".{0,30}",
    ]
}

proptest! {
    #[test]
    fn any_well_formed_list_passes_untouched(members in proptest::collection::vec(
        "[a-z!#$%&'*+.^_`|~-]{1,9}[ \t]{0,2}=[ \t]{0,2}[!#-+--:<-\\[\\]-~]{0,20}([ \t]{0,2};[ \t]{0,2}[a-z]{1,5}(=[!#-+--:<-\\[\\]-~]{0,9})?){0,3}",
        1..64,
    )) {
        let list: Vec<_> = members.iter().map(|member| trim(member)).collect();
        let list = list.join(",");
        prop_assume!(list.len() <= MAX_BYTES);
        prop_assert_eq!(passed(&[&list]), list);
    }

    #[test]
    fn any_lines_are_within_bounds_and_stay_what_they_became(lines in proptest::collection::vec(nearly(), 0..5)) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let cx = come_in(&lines);
        let sent = write(&cx).unwrap_or_default();
        prop_assert!(sent.len() <= MAX_BYTES);
        prop_assert!(http::HeaderValue::from_str(&sent).is_ok());
        let again = come_in(&[&sent]);
        prop_assert_eq!(write(&again).unwrap_or_default(), sent);
        prop_assert_eq!(again.baggage().len(), cx.baggage().len());
        for (key, (value, metadata)) in cx.baggage() {
            let same = again.baggage().get_with_metadata(key);
            prop_assert_eq!(same, Some(&(value.clone(), metadata.clone())));
        }
    }

    #[test]
    fn whatever_the_service_sets_arrives(values in proptest::collection::hash_map("[a-zA-Z!#$%&'*+.^_`|~-]{1,9}", ".{0,40}", 1..20)) {
        let members = values.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let sent = write(&Context::new().with_baggage(members.collect::<Vec<_>>())).unwrap();
        let arrived = come_in(&[&sent]);
        prop_assert_eq!(arrived.baggage().len(), values.len());
        for (key, meant) in &values {
            prop_assert_eq!(value(&arrived, key), Some(meant.clone()));
        }
    }
}
