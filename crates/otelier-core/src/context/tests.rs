use super::*;

fn value(cx: &Context, key: &str) -> Option<String> {
    from(cx)?.get(key).map(|value| value.as_str().into_owned())
}

#[test]
fn nothing_is_kept_outside_of_a_request() {
    set("organization.id", 7);
    assert!(current().is_none());
}

#[test]
fn an_entry_is_seen_at_once_and_in_later_polls() {
    let (mut slot, mut cx) = (Slot::default(), Context::new());
    slot.run(&mut cx, || {
        assert!(current().is_none());
        set("organization.id", 7);
        assert_eq!(
            value(&Context::current(), "organization.id").as_deref(),
            Some("7")
        );
    });
    assert!(current().is_none());
    assert_eq!(value(&cx, "organization.id").as_deref(), Some("7"));
    slot.run(&mut cx, || {
        set("user.id", "u-1");
        set("organization.id", 8);
    });
    let entries = slot.request().unwrap().entries();
    let expected = [
        KeyValue::new("organization.id", "8"),
        KeyValue::new("user.id", "u-1"),
    ];
    assert_eq!(entries, expected);
}

#[test]
fn requests_within_requests_keep_to_themselves() {
    let (mut outer, mut outer_cx) = (Slot::default(), Context::new());
    let (mut inner, mut inner_cx) = (Slot::default(), Context::new());
    outer.run(&mut outer_cx, || {
        inner.run(&mut inner_cx, || set("k", "inner"));
        assert!(current().is_none());
        set("k", "outer");
        inner.run(&mut inner_cx, || {
            assert_eq!(value(&Context::current(), "k").as_deref(), Some("inner"));
        });
        assert_eq!(value(&Context::current(), "k").as_deref(), Some("outer"));
    });
    assert_eq!(value(&outer_cx, "k").as_deref(), Some("outer"));
}

#[test]
fn a_panic_leaves_nothing_behind_but_the_entries() {
    let (mut slot, mut cx) = (Slot::default(), Context::new());
    let burnt = std::panic::AssertUnwindSafe(|| {
        slot.run(&mut cx, || {
            set("k", "v");
            std::panic::resume_unwind(Box::new(()));
        });
    });
    assert!(std::panic::catch_unwind(burnt).is_err());
    assert!(current().is_none());
    assert_eq!(value(&cx, "k").as_deref(), Some("v"));
}

#[test]
fn what_is_carried_away_keeps_its_entries_and_takes_no_others() {
    let request = |user: &str| {
        let (mut slot, mut cx) = (Slot::default(), Context::new());
        slot.run(&mut cx, || {
            set("user.id", user);
            Context::map_current(carried)
        })
    };
    let (ann, nobody) = (request("ann"), carried(&Context::new()));
    let (mut slot, mut cx) = (Slot::default(), Context::new());
    slot.run(&mut cx, || {
        set("user.id", "bob");
        assert_eq!(value(&carried(&ann), "user.id").as_deref(), Some("ann"));
        assert_eq!(value(&nobody, "user.id").as_deref(), Some("bob"));
        apart(|| {
            assert_eq!(value(&ann, "user.id").as_deref(), Some("ann"));
            assert_eq!(value(&nobody, "user.id"), None);
        });
        assert_eq!(value(&nobody, "user.id").as_deref(), Some("bob"));
    });
    assert_eq!(value(&cx, "user.id").as_deref(), Some("bob"));
}

#[test]
fn entries_are_capped_in_number_and_length_and_keep_no_secret() {
    let request = RequestContext::new();
    request.set("long", "é".repeat(MAX_VALUE_BYTES));
    request.set("api_key", "s3cret");
    request.set("k".repeat(MAX_KEY_BYTES + 1), "v");
    request.set("empty", "");
    request.set("", "v");
    for n in 0..100 {
        request.set(format!("k{n}"), n);
    }
    assert_eq!(request.entries().len(), MAX_ENTRIES);
    let long = request.get("long").unwrap();
    assert!(long.as_str().len() <= MAX_VALUE_BYTES);
    assert!(long.as_str().ends_with("é... (truncated)"));
    assert_eq!(request.get("api_key"), Some(REDACTED.into()));
    assert!(request.get("empty").is_none());
}

#[test]
fn no_half_of_a_secret_is_left_where_a_value_is_cut() {
    for secret in [
        "ghp_s3cret0123456789abcdefs3crets3cret",
        "password=s3crets3crets3crets3crets3cret",
        "postgres://user:s3crets3crets3crets3cret@host/",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxs3crets3cret.s3cret",
    ] {
        for before in 0..secret.len() + 20 {
            let filler = "x ".repeat(MAX_VALUE_BYTES);
            let filler = &filler[filler.len() - MAX_VALUE_BYTES + before..];
            for after in ["", " and more", &" rest".repeat(1000)] {
                let request = RequestContext::new();
                request.set("note", format_args!("{filler}{secret}{after}"));
                let kept = request.get("note").unwrap();
                let kept = kept.as_str();
                assert!(kept.len() <= MAX_VALUE_BYTES);
                let is_whole = filler.len() + secret.len() + after.len() <= MAX_VALUE_BYTES;
                assert!(is_whole || !kept.contains("s3cret"), "{kept}");
            }
        }
    }
}
