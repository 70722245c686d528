/// Shows of a value its name and these fields, whatever its parameters are. For types of an
/// edge, most of which hold what has nothing to show.
///
/// # Example
/// ```
/// struct Call<F> {
///     name: &'static str,
///     future: F,
/// }
///
/// otelier_core::shown!([F] Call<F>: name);
///
/// let call = Call { name: "GET", future: async {} };
/// assert_eq!(format!("{call:?}"), r#"Call { name: "GET", .. }"#);
/// # drop(call.future);
/// ```
#[macro_export]
macro_rules! shown {
    ($([$($parameter:tt)+])? $name:ident $(<$($argument:tt),+>)? $(: $($field:ident),+)?) => {
        impl $(<$($parameter)+>)? ::std::fmt::Debug for $name $(<$($argument),+>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $($(.field(stringify!($field), &self.$field))+)?
                    .finish_non_exhaustive()
            }
        }
    };
}
