//! Values of attributes, without naming OpenTelemetry.

use std::{borrow::Cow, fmt};

/// The value of an attribute.
///
/// See the example of [`AttributeValue`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attribute {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(Cow<'static, str>),
}

/// What [`Job::with_attribute`](crate::Job::with_attribute) takes: numbers, truth
/// values, texts, options of them (`None` sets nothing), and `format_args!`
/// for whatever else can be displayed.
///
/// It can be implemented for the ids of a service. While telemetry is off it
/// is not called.
///
/// ```
/// use otelier_jobs::{Attribute, AttributeValue, Job};
///
/// struct OrderId(u32);
///
/// impl AttributeValue for OrderId {
///     fn into_attribute(self) -> Option<Attribute> {
///         self.0.into_attribute()
///     }
/// }
///
/// let job = Job::new("ship").with_attribute("order.id", OrderId(7));
/// # drop(job);
/// ```
pub trait AttributeValue {
    /// Turns it into the value, or into nothing.
    fn into_attribute(self) -> Option<Attribute>;
}

impl AttributeValue for Attribute {
    fn into_attribute(self) -> Option<Attribute> {
        Some(self)
    }
}

macro_rules! values {
    ($($type:ty => |$value:ident| $attribute:expr;)*) => {$(
        impl AttributeValue for $type {
            fn into_attribute(self) -> Option<Attribute> {
                let $value = self;
                Some($attribute)
            }
        }
    )*};
}

values! {
    bool => |value| Attribute::Bool(value);
    i8 => |value| Attribute::Int(value.into());
    i16 => |value| Attribute::Int(value.into());
    i32 => |value| Attribute::Int(value.into());
    i64 => |value| Attribute::Int(value);
    u8 => |value| Attribute::Int(value.into());
    u16 => |value| Attribute::Int(value.into());
    u32 => |value| Attribute::Int(value.into());
    u64 => |value| i64::try_from(value).map_or_else(|_| text(value), Attribute::Int);
    usize => |value| i64::try_from(value).map_or_else(|_| text(value), Attribute::Int);
    f32 => |value| Attribute::Float(value.into());
    f64 => |value| Attribute::Float(value);
    String => |value| Attribute::Text(value.into());
    &String => |value| Attribute::Text(value.clone().into());
    &str => |value| Attribute::Text(value.to_owned().into());
    Cow<'static, str> => |value| Attribute::Text(value);
    fmt::Arguments<'_> => |value| text(value);
}

impl<V: AttributeValue> AttributeValue for Option<V> {
    fn into_attribute(self) -> Option<Attribute> {
        self.and_then(V::into_attribute)
    }
}

/// Also for what does not fit into 64 bits with a sign.
fn text(value: impl fmt::Display) -> Attribute {
    Attribute::Text(value.to_string().into())
}
