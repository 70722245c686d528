//! Functions as people write them.

use std::{
    fmt::{self, Debug, Display},
    rc::Rc,
    sync::Arc,
};

use opentelemetry::trace::Status;
use otelier_functions::trace;
use otelier_testing::capture;

use crate::{Failed, drawn};

mod deep {
    pub(super) struct Oven<T> {
        pub(super) inside: Vec<T>,
    }
}

use deep::Oven;

impl<T: Clone + Display> Oven<T> {
    #[trace]
    fn new() -> Self {
        Self { inside: Vec::new() }
    }

    /// Documented.
    #[trace(record(it))]
    #[must_use]
    fn put(&mut self, it: T) -> &mut T {
        self.inside.push(it);
        let last = self.inside.len() - 1;
        &mut self.inside[last]
    }

    #[trace(skip_all)]
    fn first<'a>(&'a self, other: &'a T) -> &'a T {
        self.inside.first().unwrap_or(other)
    }

    #[trace]
    fn shared(self: Arc<Self>) -> usize {
        self.inside.len()
    }

    #[trace]
    fn open(self) -> impl Iterator<Item = T> {
        self.inside.into_iter()
    }

    #[trace]
    async fn taken(mut self) -> Option<T> {
        self.inside.pop()
    }
}

trait Bakes {
    #[trace]
    fn bakes(&self) -> u8 {
        7
    }
}

impl Bakes for u8 {}
impl Bakes for str {}
impl Bakes for Vec<u8> {}

#[tokio::test]
async fn a_method_is_called_by_its_type_whatever_its_receiver() {
    let telemetry = capture();
    let mut oven = Oven::new();
    *oven.put(7) += 1;
    assert_eq!(*oven.first(&0), 8);
    let oven = Arc::new(oven);
    assert_eq!(Arc::clone(&oven).shared(), 1);
    let oven = Arc::into_inner(oven).unwrap();
    assert_eq!(oven.open().collect::<Vec<_>>(), [8]);
    let oven = Oven {
        inside: vec!["bread"],
    };
    assert_eq!(oven.taken().await, Some("bread"));
    assert_eq!((1_u8.bakes(), "a".bakes(), vec![1_u8].bakes()), (7, 7, 7));
    insta::assert_snapshot!(drawn(&telemetry), @r"
    Oven::new: code.function.name=it::forms::deep::Oven::new
    Oven::put: otelier.parameter.it=7 code.function.name=it::forms::deep::Oven::put
    Oven::first: code.function.name=it::forms::deep::Oven::first
    Oven::shared: code.function.name=it::forms::deep::Oven::shared
    Oven::open: code.function.name=it::forms::deep::Oven::open
    Oven::taken: code.function.name=it::forms::deep::Oven::taken
    u8::bakes: code.function.name=u8::bakes
    str::bakes: code.function.name=str::bakes
    Vec::bakes: code.function.name=alloc::vec::Vec::bakes
    ");
}

#[trace(record(left, right))]
fn larger<T>(left: T, right: T) -> T
where
    T: PartialOrd + Debug,
{
    if left > right { left } else { right }
}

#[trace]
fn generic<T, const N: usize>(them: [T; N], by: impl Fn(T) -> u8) -> impl Iterator<Item = u8> {
    them.into_iter().map(by)
}

#[trace]
fn factorial(n: u64) -> u64 {
    if n == 0 { 1 } else { n * factorial(n - 1) }
}

#[trace]
fn parsed(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    let number: u8 = text.parse()?;
    if number == 0 {
        Err("none")?;
    }
    Ok(number)
}

#[trace]
fn silent<E>(error: E) -> Result<(), E> {
    Err(error)
}

type Alias<T> = Result<T, Failed>;

#[trace]
fn alias() -> Alias<u8> {
    Err(Failed)
}

#[trace]
#[expect(clippy::toplevel_ref_arg, reason = "people write it")]
fn mixed(mut first: Vec<u8>, ref second: String, Oven { inside, .. }: Oven<u8>, _: u8) -> usize {
    first.push(1);
    first.len() + second.len() + inside.len()
}

#[trace]
fn no_send(it: Rc<u8>) -> Rc<u8> {
    it
}

#[trace(name = "ends")]
fn ends() -> ! {
    panic!("for ever")
}

#[test]
fn any_function_does_what_it_did() {
    let telemetry = capture();
    assert_eq!(larger("a", "b"), "b");
    assert_eq!(generic([1, 2], |n| n * 2).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(factorial(2), 2);
    assert_eq!(parsed("7").unwrap(), 7);
    assert!(parsed("x").is_err() && parsed("0").is_err());
    struct Mute;
    assert!(silent(Mute).is_err());
    assert!(alias().is_err());
    assert_eq!(mixed(vec![], "ab".into(), Oven { inside: vec![1] }, 0), 4);
    assert_eq!(*no_send(Rc::new(3)), 3);
    assert!(std::panic::catch_unwind(|| ends()).is_err());
    insta::assert_snapshot!(telemetry.tree(), @r"
    forms::larger [internal]
    forms::generic [internal]
    forms::factorial [internal]
      forms::factorial [internal]
        forms::factorial [internal]
    forms::parsed [internal]
    forms::parsed [internal] ERROR: invalid digit found in string std::num::ParseIntError
    forms::parsed [internal] ERROR: none _OTHER
    forms::silent [internal] ERROR it::forms::any_function_does_what_it_did::Mute
    forms::alias [internal] ERROR: the oven is cold, password=[REDACTED] it::Failed
    forms::mixed [internal]
    forms::no_send [internal]
    ends [internal] ERROR panic
    ");
}

/// An error with a lifetime, and one that is displayed by a bound alone.
#[test]
fn an_error_may_borrow() {
    #[derive(Debug)]
    struct At<'a>(&'a str);
    impl Display for At<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at {}", self.0)
        }
    }
    #[trace]
    fn find<'a>(text: &'a str) -> Result<(), At<'a>> {
        Err(At(text))
    }
    #[trace]
    fn boxed<'a>(text: &'a str) -> Result<&'a str, Box<dyn Display + 'a>> {
        Err(Box::new(At(text)))
    }
    let telemetry = capture();
    let text = "here".to_owned();
    assert!(find(&text).is_err() && boxed(&text).is_err());
    let said: Vec<_> = telemetry
        .spans()
        .into_iter()
        .map(|span| span.status)
        .collect();
    assert_eq!(said, [Status::error("at here"), Status::error("at here")]);
}

#[trace]
fn read(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    Ok(text.parse::<u8>()?)
}

#[trace]
async fn read_later(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    Ok(text.parse::<u8>()?)
}

#[trace]
fn refused() -> Result<(), Box<dyn std::error::Error + Send>> {
    Err(Box::new(Failed))
}

#[trace]
fn borrowed<'a>(text: &'a str) -> Result<u8, Box<dyn std::error::Error + 'a>> {
    Ok(text.parse::<u8>()?)
}

/// What is called by no type of its own.
#[trace]
fn aliased() -> Boxed<u8> {
    Ok("x".parse::<u8>()?)
}

type Boxed<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[async_trait::async_trait]
trait Reads {
    async fn read(&self, text: &str) -> Boxed<u8>;
}

struct Reader;

#[async_trait::async_trait]
impl Reads for Reader {
    #[trace(name = "method")]
    async fn read(&self, text: &str) -> Boxed<u8> {
        Ok(text.parse::<u8>()?)
    }
}

#[tokio::test]
async fn an_error_in_a_box_has_its_own_name_where_that_is_known() {
    let telemetry = capture();
    assert!(read("x").is_err() && read_later("x").await.is_err());
    assert!(refused().is_err() && borrowed("x").is_err() && aliased().is_err());
    assert!(Reader.read("x").await.is_err());
    otelier_core::name_error::<Failed>();
    assert!(refused().is_err());
    let types = telemetry.spans().into_iter().map(|span| {
        let kind = span.get("error.type").unwrap().to_string();
        format!("{} {kind}", span.name)
    });
    assert_eq!(
        types.collect::<Vec<_>>(),
        [
            "forms::read std::num::ParseIntError",
            "forms::read_later std::num::ParseIntError",
            "forms::refused _OTHER",
            "forms::borrowed Box<dyn Error>",
            "forms::aliased std::num::ParseIntError",
            "method std::num::ParseIntError",
            "forms::refused it::Failed",
        ]
    );
}

#[cfg(feature = "anyhow")]
#[test]
fn an_error_of_anyhow_has_the_name_of_what_it_is_made_of() {
    use anyhow::Context as _;

    #[trace]
    fn read(text: &str) -> anyhow::Result<u8> {
        anyhow::ensure!(!text.is_empty(), "nothing to read");
        text.parse::<u8>().context("reading")
    }
    let telemetry = capture();
    assert!(read("x").is_err() && read("").is_err());
    let types = telemetry
        .spans()
        .into_iter()
        .map(|span| span.get("error.type").unwrap().to_string());
    let expected = ["std::num::ParseIntError", "_OTHER"];
    assert_eq!(types.collect::<Vec<_>>(), expected);
}
