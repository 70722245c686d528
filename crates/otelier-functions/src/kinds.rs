//! What a value's type can do, found where it is not told.
//!
//! `use kinds::*` brings `value`, `length` and `failure` for [`Of`](crate::Of), with so
//! many references before it as there are kinds; the compiler takes the first that
//! fits:
//!
//! ```
//! use otelier_functions::{Of, kinds::*};
//!
//! let length = |length: Option<usize>| length;
//! assert_eq!(length((&&&Of("bread")).length()), Some(5));
//! assert_eq!(length((&&&Of(&[1, 2])).length()), Some(2));
//! assert_eq!(length((&&&Of(&7)).length()), None);
//! let error = "x".parse::<u8>();
//! assert!((&&&&Of(&error)).failure().is_some());
//! assert!((&&&&Of(&7)).failure().is_none());
//! ```

#[expect(missing_docs, reason = "they have no name outside")]
mod ends {
    use std::{error::Error, fmt::Display};

    use crate::{failure::Failure, of::Of};

    /// Not for boxes of what borrows: the compiler, which looks at no lifetimes here,
    /// would take it and then find it wrong. They have one reference less before them.
    pub trait Boxed {
        fn failure(&self) -> Option<Failure>;
    }

    macro_rules! boxed {
        ($($error:ty),*) => {$(
            impl<T> Boxed for &&&Of<'_, Result<T, $error>> {
                fn failure(&self) -> Option<Failure> {
                    self.0.as_ref().err().map(Failure::of_boxed)
                }
            }
        )*};
    }

    boxed!(
        Box<dyn Error>,
        Box<dyn Error + Send>,
        Box<dyn Error + Send + Sync>
    );
    #[cfg(feature = "anyhow")]
    boxed!(anyhow::Error);

    pub trait Saying {
        fn failure(&self) -> Option<Failure>;
    }

    impl<T, E: Display> Saying for &&Of<'_, Result<T, E>> {
        fn failure(&self) -> Option<Failure> {
            self.0.as_ref().err().map(Failure::of)
        }
    }

    pub trait Silent {
        fn failure(&self) -> Option<Failure>;
    }

    impl<T, E> Silent for &Of<'_, Result<T, E>> {
        fn failure(&self) -> Option<Failure> {
            self.0.as_ref().err().map(|_| Failure::by_type::<E>())
        }
    }

    pub trait Well {
        fn failure(&self) -> Option<Failure>;
    }

    impl<T> Well for Of<'_, T> {
        fn failure(&self) -> Option<Failure> {
            None
        }
    }
}

#[expect(missing_docs, reason = "they have no name outside")]
mod lengths {
    use crate::of::Of;

    pub trait Text {
        fn length(&self) -> Option<usize>;
    }

    impl<T: AsRef<str> + ?Sized> Text for &&Of<'_, T> {
        fn length(&self) -> Option<usize> {
            Some(self.0.as_ref().len())
        }
    }

    pub trait Counted {
        fn length(&self) -> Option<usize>;
    }

    impl<'a, T: ?Sized> Counted for &Of<'a, T>
    where
        &'a T: IntoIterator<IntoIter: ExactSizeIterator>,
    {
        fn length(&self) -> Option<usize> {
            Some(self.0.into_iter().len())
        }
    }

    pub trait Unknown {
        fn length(&self) -> Option<usize>;
    }

    impl<T: ?Sized> Unknown for Of<'_, T> {
        fn length(&self) -> Option<usize> {
            None
        }
    }
}

#[expect(missing_docs, reason = "they have no name outside")]
mod values {
    use std::fmt::{Debug, Display};

    use crate::{of::Of, value::Value};

    pub trait Text {
        fn value(&self) -> Option<Value>;
    }

    impl<T: AsRef<str> + ?Sized> Text for &&&&&&&Of<'_, T> {
        fn value(&self) -> Option<Value> {
            Value::text(self.0.as_ref())
        }
    }

    pub trait MaybeText {
        fn value(&self) -> Option<Value>;
    }

    impl<T: AsRef<str>> MaybeText for &&&&&&Of<'_, Option<T>> {
        fn value(&self) -> Option<Value> {
            Value::text(self.0.as_ref()?.as_ref())
        }
    }

    pub trait Truth {
        fn value(&self) -> Option<Value>;
    }

    impl Truth for &&&&&Of<'_, bool> {
        fn value(&self) -> Option<Value> {
            Value::truth(*self.0)
        }
    }

    pub trait Whole {
        fn value(&self) -> Option<Value>;
    }

    impl<T: Copy + Display + TryInto<i64>> Whole for &&&&Of<'_, T> {
        fn value(&self) -> Option<Value> {
            match (*self.0).try_into() {
                Ok(value) => Value::whole(value),
                Err(_) => Value::displayed(self.0),
            }
        }
    }

    pub trait Fraction {
        fn value(&self) -> Option<Value>;
    }

    impl<T: Copy + Into<f64>> Fraction for &&&Of<'_, T> {
        fn value(&self) -> Option<Value> {
            Value::fraction((*self.0).into())
        }
    }

    pub trait MaybeWhole {
        fn value(&self) -> Option<Value>;
    }

    impl<T: Copy + Display + TryInto<i64>> MaybeWhole for &&Of<'_, Option<T>> {
        fn value(&self) -> Option<Value> {
            let value = (*self.0)?;
            Whole::value(&&&&&Of(&value))
        }
    }

    pub trait Displayed {
        fn value(&self) -> Option<Value>;
    }

    impl<T: Display + ?Sized> Displayed for &Of<'_, T> {
        fn value(&self) -> Option<Value> {
            Value::displayed(self.0)
        }
    }

    pub trait Debugged {
        fn value(&self) -> Option<Value>;
    }

    impl<T: Debug + ?Sized> Debugged for Of<'_, T> {
        fn value(&self) -> Option<Value> {
            Value::debugged(self.0)
        }
    }
}

pub use self::{
    ends::{Boxed as _, Saying as _, Silent as _, Well as _},
    lengths::{Counted as _, Text as _, Unknown as _},
    values::{
        Debugged as _, Displayed as _, Fraction as _, MaybeText as _, MaybeWhole as _, Text as _,
        Truth as _, Whole as _,
    },
};
