use proptest::prelude::*;

use super::*;

/// What is sent on of what was sent.
fn passed(lines: &[&str]) -> String {
    let read = read(lines.iter().map(|line| line.as_bytes()));
    match read.whole {
        Some(whole) => whole.with_changes(&read.held).into_owned(),
        None => write(&read.held),
    }
}

#[test]
fn an_at_sign_may_stand_wherever_level_2_allows_it() {
    for list in [
        "vendor@system=1",
        "a@very-long-name-of-a-system=1",
        "a@=1",
        "a@@b=1",
        "a@b@c=1",
        "0@-=1",
        "congo=t61,a@very-long-name-of-a-system=1,rojo=00f",
    ] {
        assert_eq!(passed(&[list]), list);
    }
}

#[test]
fn lines_are_one_list_and_blanks_between_members_are_none_of_it() {
    assert_eq!(
        passed(&["a=1 ,\tb=2", "", " ,c= 3,, "]),
        "a=1,b=2,c= 3",
        "a space in front of a value belongs to it"
    );
    assert_eq!(passed(&[]), "");
    assert_eq!(passed(&["", " , "]), "");
}

#[test]
fn a_malformed_member_drops_the_list() {
    let long_key = format!("{}=1", "k".repeat(257));
    let long_value = format!("k={}", "v".repeat(257));
    for malformed in [
        "a",
        "a=",
        "=1",
        "@a=1",
        "A=1",
        "a b=1",
        "a=1=2",
        "a=\u{7f}",
        "a=1\t2",
        "a=1\n2",
        "a=é",
        "ä=1",
        &long_key,
        &long_value,
    ] {
        for list in [malformed.to_owned(), format!("x=1,{malformed},y=2")] {
            assert_eq!(passed(&[&list]), "", "{list:?}");
        }
        assert_eq!(passed(&["x=1", malformed]), "", "{malformed:?}");
    }
}

#[test]
fn of_equal_keys_the_first_stays() {
    assert_eq!(passed(&["a=1,b=2,a=3", "b=4"]), "a=1,b=2");
}

#[test]
fn there_are_at_most_32_members_and_8_kib() {
    let list = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!("k{n}=v")).collect();
        members.join(",")
    };
    assert_eq!(passed(&[&list(32)]), list(32));
    assert_eq!(passed(&[&list(33)]), "");
    let (key, value) = ("k".repeat(255), "v".repeat(256));
    let large: Vec<_> = (b'a'..=b'p')
        .map(|first| format!("{}{key}={value}", char::from(first)))
        .collect();
    assert_eq!(passed(&[&large.join(",")]), "", "16 members, 8,223 bytes");
    assert_eq!(passed(&[&large[..15].join(",")]), large[..15].join(","));
}

#[test]
fn what_a_span_changes_stands_in_front_of_what_it_could_not_hold() {
    let read = read([b"a=1,b@@c=2,d=3".as_slice()]);
    assert_eq!(write(&read.held), "a=1,d=3");
    let whole = read.whole.unwrap();
    let changed = read.held.insert("ours", "4").unwrap();
    assert_eq!(whole.with_changes(&changed), "ours=4,a=1,d=3,b@@c=2");
    let fewer = read.held.delete("a").unwrap();
    assert_eq!(whole.with_changes(&fewer), "d=3,b@@c=2");
}

proptest! {
    #[test]
    fn any_well_formed_list_passes_untouched(members in proptest::collection::hash_map(
        "[a-z0-9][a-z0-9_*/@-]{0,20}", "[ -+.-<>-~]{0,10}[!-+.-<>-~]", 1..32,
    )) {
        let mut list = String::new();
        for (key, value) in &members {
            push(&mut list, (key, value));
        }
        prop_assert_eq!(passed(&[&list]), list);
    }

    #[test]
    fn what_is_sent_is_read_again_as_the_same(lines in proptest::collection::vec("[ -~]{0,60}|([a-c@]{1,3}=[a-z =]{0,4},?){0,40}", 0..4)) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let sent = passed(&lines);
        prop_assert!(sent.len() <= MAX_BYTES + 32);
        prop_assert_eq!(passed(&[&sent]), sent);
    }
}
