use super::{function::Function, options::Options, traced};

fn expanded(options: &str, item: &str) -> Result<String, String> {
    let traced = traced(options.parse().unwrap(), item.parse().unwrap());
    traced
        .map(|tokens| tokens.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn what_is_wrong_with_the_options_is_said() {
    let item = "fn ship(id: u64, (a, b): (u8, u8)) {}";
    for (options, said) in [
        ("level = 3", "`level` is no option of `trace`; there are"),
        ("record(id), record(a)", "`record` is there already"),
        (
            "record(it)",
            "no parameter is called `it`, there are `id`, `a`, `b`",
        ),
        ("skip(it)", "no parameter is called `it`"),
        ("record(self)", "`self` is never recorded"),
        ("record(id.0)", "only the name of a parameter"),
        ("fields(key)", "an attribute needs a value"),
        ("fields(\"\" = 1)", "an attribute needs a key"),
        ("name = \"\"", "a span needs a name"),
    ] {
        let error = expanded(options, item).unwrap_err();
        assert!(error.starts_with(said), "{options}: {error}");
    }
    let none = expanded("record(it)", "fn ship() {}").unwrap_err();
    assert!(none.contains("there are none"), "{none}");
}

#[test]
fn what_cannot_be_traced_is_told_what_to_do_instead() {
    for (item, said) in [
        ("const fn ship() {}", "trace what calls it"),
        ("unsafe fn ship() {}", "trace a safe function that calls it"),
        (
            "extern \"C\" fn ship() {}",
            "trace a function that it calls",
        ),
        ("fn ship(&self);", "put `trace` on those that implement it"),
        ("impl Store {}", "put it on each"),
        ("struct Store;", "stands on a function"),
        ("#[track_caller] fn ship() {}", "leave one of the two out"),
    ] {
        let error = expanded("", item).unwrap_err();
        assert!(error.contains(said), "{item}: {error}");
    }
}

#[test]
fn a_parameter_that_is_called_like_a_secret_is_not_looked_at() {
    let item = "fn log_in(user: &str, password: String) {}";
    let hidden = expanded("record(password)", item).unwrap();
    assert!(
        hidden.contains("hide (\"otelier.parameter.password\")"),
        "{hidden}"
    );
    assert!(!hidden.contains("& password"), "{hidden}");
    let left_out = expanded("", item).unwrap();
    assert!(
        left_out.contains("otelier.parameter_length.user"),
        "{left_out}"
    );
    assert!(
        !left_out.contains("otelier.parameter.password"),
        "{left_out}"
    );
    let field = expanded("fields(api_key = user)", item).unwrap();
    assert!(field.contains("hide (\"api_key\")"), "{field}");
}

#[test]
fn what_stands_before_a_function_stays() {
    let item = "/// Ships.\n#[must_use] #[allow(dead_code)] pub(crate) fn ship<'a, T>(it: &'a T) -> &'a T where T: Copy { #![allow(unused)] it }";
    let traced = expanded("", item).unwrap();
    for kept in [
        "# [doc = \" Ships.\"]",
        "# [must_use] # [allow (dead_code)]",
        "# [allow (unused)]",
        "pub (crate) fn ship < 'a , T > (it : & 'a T) -> & 'a T where T : Copy",
    ] {
        assert!(traced.contains(kept), "{kept}: {traced}");
    }
    let function: Function = syn::parse_str("fn a() -> Self {}").unwrap();
    assert!(function.is_of_a_type());
    let function: Function = syn::parse_str("fn a() { Self::b() }").unwrap();
    assert!(!function.is_of_a_type());
    assert!(syn::parse_str::<Options>("skip_all,").is_ok());
}
